/* Nothing: that it links is what is tested. */
int main(void)
{
	return 0;
}
