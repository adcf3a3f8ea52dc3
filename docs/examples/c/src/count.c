#include <stdio.h>

#include "words.h"

/* Counts the lines, words and bytes of its input. */
int main(void) {
	struct counts counts = {0};
	char text[1 << 16];
	size_t length;
	while ((length = fread(text, 1, sizeof text, stdin)) > 0)
		count(&counts, text, length);
	if (ferror(stdin)) {
		perror("count");
		return 1;
	}
	printf("%zu lines, %zu words, %zu bytes\n", counts.lines, counts.words, counts.bytes);
	return 0;
}
