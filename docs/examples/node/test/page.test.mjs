import assert from "node:assert/strict";
import { test } from "node:test";

import { page } from "../src/page.mjs";

test("a name is escaped", () => {
	assert.equal(page("<you>"), "<!doctype html>\n<h1>Welcome, &lt;you&gt;</h1>\n");
});
