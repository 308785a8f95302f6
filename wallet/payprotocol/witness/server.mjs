// The witness as a provider, for the adapter: it speaks in lines of JSON.
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { factory, Provider } from './provider.mjs';

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const provider = new Provider(JSON.parse(readFileSync(process.argv[2], 'utf8')));
say({ listening: await provider.listen(), ...factory });
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  if (told.pay) say(await provider.pays(told.pay, told.units));
  if (told.refund) say(await provider.decides(told.refund, told.approve, told.units));
}
provider.close();
