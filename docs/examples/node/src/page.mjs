import { escape } from "escape";
import { greeting } from "greeting";

/** A page that welcomes someone. */
export const page = (name) => `<!doctype html>\n<h1>${escape(greeting(name))}</h1>\n`;
