#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

struct counts {
	size_t lines;
	size_t words;
	size_t bytes;
	int in_word;
};

/* Adds what a piece of text has; pieces of one text follow each other. */
void count(struct counts *counts, const char *text, size_t length);

#endif
