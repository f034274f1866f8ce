"""asgi_app.py PORT|SOCKET [bare]: a FastAPI application under uvicorn: /login gives a token and a cookie, /users/ID wants
both, /ws?token= subscribes, /numbers has some, /private refuses with 403. `bare`: as if no WebSocket library were installed."""
import sys

if "bare" in sys.argv:
    for name in ("websockets", "wsproto"):
        sys.modules[name] = None

import uvicorn  # noqa: E402
from fastapi import FastAPI, Header, HTTPException, WebSocket  # noqa: E402
from fastapi.responses import JSONResponse  # noqa: E402

app = FastAPI()
# Every byte of it means something in a URL, in JSON or in a header.
TOKEN = 'tok"en/with odd+bytes&more={{x}}'
COOKIE = "cookie-4711-abc"


@app.post("/login")
def login(body: dict):
    if body.get("password") != "swordfish":
        raise HTTPException(401, "wrong password")
    answer = JSONResponse({"token": TOKEN, "user": {"id": 7, "admin": False}, "empty": "", "list": []})
    answer.set_cookie("sid", COOKIE)
    return answer


@app.get("/users/{who}")
def user(who: str, authorization: str = Header(""), cookie: str = Header("")):
    if authorization != "Bearer " + TOKEN or "sid=" + COOKIE not in cookie:
        raise HTTPException(403, "no: " + authorization)
    return {"id": who, "name": "probe", "call": "call-9"}


@app.get("/numbers")
def numbers():
    return {"whole": 9007199254740991, "negative": -1234567890123, "part": 0.1, "large": 1234567890123456789}


@app.get("/numbers/{text}")
def number(text: str):
    return {"text": text}


@app.websocket("/ws")
async def subscribe(socket: WebSocket, token: str = ""):
    await socket.accept()
    if token != TOKEN:
        await socket.close(4401, "token of nobody")
        return
    await socket.send_json({"type": "welcome"})
    wanted = await socket.receive_json()
    await socket.send_json({"type": "subscribed", **wanted})
    try:
        while True:
            await socket.receive_text()
    except Exception:  # noqa: BLE001 - the client went
        pass


@app.websocket("/private")
async def private(socket: WebSocket):
    await socket.close(1008)  # before it is accepted: 403


if __name__ == "__main__":
    place = {"port": int(sys.argv[1])} if sys.argv[1].isdigit() else {"uds": sys.argv[1]}
    uvicorn.run(app, host="127.0.0.1", log_level="info", **place)
