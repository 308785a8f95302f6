// Prints what redocly's recommended rules find in the document, a line each.
import { createConfig, lint } from '@redocly/openapi-core';

const config = await createConfig({ extends: ['recommended'], rules: JSON.parse(process.env.RULES || '{}') });
for (const { severity, ruleId, message, location: [at] } of await lint({ ref: process.argv[2], config })) {
  console.log(`${severity} ${ruleId}: ${message} (${at.pointer})`);
}
