// Screenshots, one file per page, state and variant.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.MINITILL_SCREENSHOTS || '../../screenshots';
mkdirSync(folder, { recursive: true });

export function shoot(page, name, options = {}) {
  return page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, animations: 'disabled', ...options });
}
