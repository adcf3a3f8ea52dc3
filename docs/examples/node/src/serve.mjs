// Serves a directory: serve.mjs DIRECTORY PORT.
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

const [root, port] = process.argv.slice(2);
createServer((request, response) => {
	const path = join(root, normalize(new URL(request.url, "http://localhost").pathname));
	createReadStream(path)
		.on("error", () => response.writeHead(404).end())
		.once("open", () => response.setHeader("Content-Type", "text/html"))
		.pipe(response);
}).listen(Number(port));
process.on("SIGTERM", () => process.exit());
