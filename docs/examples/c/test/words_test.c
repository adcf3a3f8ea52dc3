#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "../src/words.h"

int main(void) {
	struct counts counts = {0};
	const char *pieces[] = {"one tw", "o\n", "", " three\n"};
	for (size_t at = 0; at < sizeof pieces / sizeof *pieces; at++)
		count(&counts, pieces[at], strlen(pieces[at]));
	assert(counts.lines == 2 && counts.words == 3 && counts.bytes == 15);
	puts("tests passed");
	return 0;
}
