// Serves the page with made-up ships, to look at a change before anybody else does.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

createServer(async (_, answer) => answer.end(await readFile("index.html"))).listen(4173);
