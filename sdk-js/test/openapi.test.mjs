// Compares the types with openapi.yaml itself: every action, problem code, event type, and the members of a webhook.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const yaml = readFileSync(fileURLToPath(new URL('../../bridge/server/openapi/openapi.yaml', import.meta.url)), 'utf8');
const schemas = yaml.slice(yaml.indexOf('\n  schemas:\n'));

/** The text of a schema of the document. */
function schema(name) {
  const found = new RegExp(`^    ${name}:(.*\\n(?:(?!    \\S).*\\n)*)`, 'm').exec(schemas);
  assert.ok(found, `openapi.yaml has no schema ${name}`);
  return found[1];
}
const enumOf = (text) => { const found = /\benum: \[([^\]]*)\]/.exec(text); assert.ok(found); return found[1].split(', ').sort(); };
const property = (name, member) => { const found = new RegExp(`^        ${member}: .*`, 'm').exec(schema(name)); assert.ok(found); return found[0]; };
/** The members that schemas declare, in all. */
const membersOf = (...names) => [...new Set(names.flatMap((name) => [...schema(name).matchAll(/^        (\w+):/gm)].map(([, member]) => member)))].sort();

const actions = [...schema('Action').matchAll(/schemas\/(\w+Action)'/g)].map(([, name]) => name);
const typeOf = (action) => /const: (\w+)/.exec(property(action, 'type'))[1];

const file = fileURLToPath(new URL('virtual.ts', import.meta.url));
const options = { strict: true, noEmit: true, types: [], lib: ['lib.es2020.d.ts'], module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

/** The checker, and the types of expressions over `api` and `server`, compiled in one go. */
function compile(expressions) {
  const imports = "import type * as api from '../src/api';\nimport type * as server from '../src/server/api';\n";
  const text = imports + expressions.map((expression, i) => `export type T${i} = ${expression};\n`).join('');
  const disk = ts.createCompilerHost(options);
  const program = ts.createProgram([file], options, {
    ...disk,
    fileExists: (name) => name === file || disk.fileExists(name),
    getSourceFile: (name, how) => (name === file ? ts.createSourceFile(name, text, how) : disk.getSourceFile(name, how)),
  });
  const source = program.getSourceFile(file);
  assert.deepEqual(ts.getPreEmitDiagnostics(program, source).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')), []);
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source));
  return { checker, types: expressions.map((_, i) => checker.getDeclaredTypeOfSymbol(exported.find(({ name }) => name === `T${i}`))) };
}

describe('the words of the types are those of openapi.yaml', () => {
  const cases = {
    "api.Action['type']": actions.map(typeOf).sort(),
    'api.ProblemCode': enumOf(property('Problem', 'code')),
    'api.AttentionReason': enumOf(schema('AttentionReason')),
    'server.WebhookType': enumOf(schema('WebhookType')),
    'server.EventSource': enumOf(schema('Source')),
    'server.OrderStatus': enumOf(schema('Status')),
    "server.WebhookRefund['status']": enumOf(schema('RefundStatus')),
  };
  const { types } = compile(Object.keys(cases));
  Object.entries(cases).forEach(([expression, want], i) => {
    test(expression, () => {
      assert.ok(want.length > 1);
      assert.deepEqual(types[i].types.map(({ value }) => value).sort(), want);
    });
  });
});

describe('the members of the types are those of openapi.yaml', () => {
  const cases = {
    ...Object.fromEntries(actions.map((name) => [`Extract<api.Action, { type: '${typeOf(name)}' }>`, membersOf(name)])),
    'api.Order': membersOf('OrderFacts', 'ClientOrder'),
    'api.Payment': membersOf('PaymentFacts', 'ClientPayment'),
    'server.WebhookEvent': membersOf('WebhookEvent'),
    'server.WebhookOrder': membersOf('OrderFacts', 'Order'),
    'server.WebhookPayment': membersOf('PaymentFacts', 'Payment').filter((member) => member !== 'refundable'), // left out in events
    'server.WebhookRefund': membersOf('Refund'),
    'server.Amount': membersOf('Amount'),
    "server.WebhookOrder['items'][0]": membersOf('Item'),
    "NonNullable<server.WebhookOrder['reversed']>": membersOf('Reversal'),
  };
  const { checker, types } = compile(Object.keys(cases));
  Object.entries(cases).forEach(([expression, want], i) => {
    test(expression, () => {
      assert.ok(want.length > 1);
      assert.deepEqual(checker.getPropertiesOfType(types[i]).map(({ name }) => name).sort(), want);
    });
  });
});
