// Stands for `npm ci`, which would need a registry: puts what the lock file says into /modules.
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

const lock = JSON.parse(await readFile("package-lock.json", "utf8"));
const cache = "/root/.npm";
for (const [path, { version, resolved }] of Object.entries(lock.packages)) {
	const found = JSON.parse(await readFile(join(resolved, "package.json"), "utf8"));
	if (found.version !== version) throw new Error(`${path}: the lock file has ${version}, found ${found.version}`);
	await cp(resolved, join("/modules", basename(path)), { recursive: true });
	console.log(`installed ${basename(path)} ${version}`);
}
await mkdir(cache, { recursive: true });
await writeFile(join(cache, "last"), Object.keys(lock.packages).join("\n"));
