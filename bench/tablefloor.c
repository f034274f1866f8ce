/* tablefloor: the yardstick of the screen. A table of services drawn by plain ncurses with nothing
 * behind it: 200x50, 40 rows, once a second `-p` percent of its cells change. What a console costs
 * above this is its own.
 *   tablefloor [-p PERCENT] [-r ROUNDS_PER_SECOND]; q quits; j and k move a cursor. */
#include <curses.h>
#include <locale.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROWS 40
#define COLUMNS 10

static unsigned values[ROWS][COLUMNS];

static void draw(int cursor)
{
	erase();
	mvprintw(0, 0, " fleet  %d services", ROWS);
	for (int row = 0; row < ROWS && row + 2 < LINES; row++) {
		if (row == cursor)
			attron(A_REVERSE);
		mvprintw(row + 2, 0, " service-%02d", row);
		for (int column = 0; column < COLUMNS; column++)
			mvprintw(row + 2, 16 + column * 16, "%8u ms", values[row][column] % 1000);
		if (row == cursor)
			attroff(A_REVERSE);
	}
	refresh();
}

int main(int argc, char **argv)
{
	int percent = 10;
	int rate = 1;
	int cursor = 0;
	int option;
	unsigned seed = 1;

	while ((option = getopt(argc, argv, "p:r:")) != -1) {
		if (option == 'p')
			percent = atoi(optarg);
		else if (option == 'r')
			rate = atoi(optarg);
		else
			return 2;
	}
	setlocale(LC_ALL, "");
	initscr();
	cbreak();
	noecho();
	curs_set(0);
	timeout(1000 / rate);
	for (;;) {
		int key;

		draw(cursor);
		key = getch();
		if (key == 'q')
			break;
		if (key == 'j' && cursor + 1 < ROWS)
			cursor++;
		else if (key == 'k' && cursor > 0)
			cursor--;
		else if (key == ERR)
			for (int i = 0; i < ROWS * COLUMNS * percent / 100; i++) {
				seed = seed * 1103515245u + 12345u;
				values[(seed >> 16) % ROWS][(seed >> 8) % COLUMNS] = seed >> 7;
			}
	}
	endwin();
	return 0;
}
