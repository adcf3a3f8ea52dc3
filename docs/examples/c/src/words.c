#include "words.h"

#include <ctype.h>

void count(struct counts *counts, const char *text, size_t length) {
	for (size_t at = 0; at < length; at++) {
		int is_space = isspace((unsigned char)text[at]);
		counts->lines += text[at] == '\n';
		counts->words += !is_space && !counts->in_word;
		counts->in_word = !is_space;
	}
	counts->bytes += length;
}
