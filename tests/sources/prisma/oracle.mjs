// Prisma's own engines as one process that answers as long as it is asked: a line of JSON in, a line of JSON out.
// In: {"ask": "lint" | "dmmf" | "ddl", "files": [[path, text], ...]}. The folder with node_modules is the only argument.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const folder = path.resolve(process.argv[2]);
const modules = path.join(folder, 'node_modules', '@prisma');
const parser = createRequire(path.join(folder, 'package.json'))('@prisma/prisma-schema-wasm');

let schemaEngine = null;
async function engine() {
  if (schemaEngine === null) {
    const place = path.join(modules, 'schema-engine-wasm');
    const glue = await import(pathToFileURL(path.join(place, 'schema_engine_bg.js')).href);
    const compiled = new WebAssembly.Module(fs.readFileSync(path.join(place, 'schema_engine_bg.wasm')));
    const instance = new WebAssembly.Instance(compiled, { './schema_engine_bg.js': glue });
    glue.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start?.();
    schemaEngine = glue.SchemaEngine;
  }
  return schemaEngine;
}

const nothing = { columnNames: [], columnTypes: [], rows: [] };
const server = { columnNames: ['exists', 'version', 'numeric_version'], columnTypes: [5, 7, 0], rows: [[true, 'PostgreSQL 16.0', 160000]] };
const adapter = () => ({
  provider: 'postgres',
  adapterName: '@prisma/adapter-none',
  getConnectionInfo: () => ({ ok: true, value: { schemaName: 'public', supportsRelationJoins: true } }),
  queryRaw: async (query) => ({ ok: true, value: query.sql.includes('pg_namespace') ? server : nothing }),
  executeRaw: async () => ({ ok: true, value: 0 }),
  executeScript: async () => ({ ok: true }),
  dispose: async () => ({ ok: true }),
  startTransaction: async () => ({ ok: true }),
});
const factory = {
  provider: 'postgres',
  adapterName: '@prisma/adapter-none',
  connect: async () => ({ ok: true, value: adapter() }),
  connectToShadowDb: async () => ({ ok: true, value: adapter() }),
  errorRegistry: { consumeError() {} },
};

const answers = {
  lint: (files) => JSON.parse(parser.lint(JSON.stringify(files))),
  dmmf: (files) => JSON.parse(parser.get_dmmf(JSON.stringify({ prismaSchema: files, noColor: true }))).datamodel,
  ddl: async (files) => {
    const contents = files.map(([name, content]) => ({ path: name, content }));
    const made = await (await engine()).new({ datamodels: files }, () => {}, factory);
    const to = { tag: 'schemaDatamodel', files: contents };
    const filters = { externalTables: [], externalEnums: [] };
    const found = await made.diff({ from: { tag: 'empty' }, to, script: true, exitCode: null, shadowDatabaseUrl: null, filters });
    made.free?.();
    return found.stdout;
  },
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { ask, files } = JSON.parse(line);
  let answer;
  try {
    answer = { value: await answers[ask](files) };
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
