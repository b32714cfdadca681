// An OpenFeature client that does what the test tells it, one JSON object a line, and answers in kind.
//   {"do": "start", "sort": "web" | "server", "url": …, "key": …, "context": {…}, "poll": milliseconds}
//   {"do": "details", "type": "Boolean" | "String" | "Number" | "Object", "flag": …, "default": …, "context": {…}}
//   {"do": "context", "context": {…}}      {"do": "wire"}: what went over the line      {"do": "events"}
import { createInterface } from 'node:readline';
import { OpenFeature as server } from '@openfeature/server-sdk';
import { OpenFeature as web, ProviderEvents } from '@openfeature/web-sdk';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';

const wire = [];
const events = [];
let client;
let sort;

async function watched(request) {
  const seen = { asked: request.headers.get('If-None-Match'), context: (await request.clone().json()).context };
  const answer = await fetch(request);
  wire.push({ ...seen, status: answer.status, tag: answer.headers.get('ETag'), length: (await answer.clone().text()).length });
  return answer;
}

async function start({ sort: chosen, url, key, context, poll }) {
  sort = chosen;
  const options = { baseUrl: url, headers: [['X-API-Key', key]], fetchImplementation: watched };
  if (sort === 'server') {
    await server.setProviderAndWait(new OFREPProvider({ ...options, headers: { 'X-API-Key': key } }));
    client = server.getClient();
    return 'ready';
  }
  await web.setContext(context ?? {});
  await web.setProviderAndWait(new OFREPWebProvider({ ...options, pollInterval: poll ?? 0, cacheMode: 'disabled' }));
  client = web.getClient();
  client.addHandler(ProviderEvents.ConfigurationChanged, (told) => events.push(told.flagsChanged ?? []));
  return 'ready';
}

const verbs = {
  start,
  details: ({ type, flag, default: otherwise, context }) =>
    sort === 'server' ? client[`get${type}Details`](flag, otherwise, context) : client[`get${type}Details`](flag, otherwise),
  context: ({ context }) => web.setContext(context),
  wire: () => wire,
  events: () => events,
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  try {
    console.log(JSON.stringify({ told: (await verbs[asked.do](asked)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${error?.name}: ${error?.message}` }));
  }
}
process.exit(0);
