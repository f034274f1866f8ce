/* The program's door: everything else is in the library that the tests link too. */
int main(void)
{
	return 0;
}
