import type { Host, Storage, Timers } from './api';
import { askHost } from './host';
import { objectOf } from './result';

/** How long a host without `…Sync` forms may take to read or write a record. */
const PATIENCE = 1000;

/**
 * Small records kept across launches: records(name) reads one, or {}; records(name, record) writes
 * it; null removes it. Always resolves: a lost record is inconvenient and costs no money.
 */
export type Records = (name: string, record?: object | null) => Promise<any>;

type Operation = 'get' | 'set' | 'remove';
type Shelf = (operation: Operation, key: string, value?: string | null) => any;

/** Records of one server and app; others in the same mini program have their own. */
export function openRecords(given: Storage | undefined, host: Host, timers: Timers, scope: string): Records {
  const shelf = given ? shelfOf(given) : findShelf(host, timers);
  return function (name, record) {
    return new Promise(function (resolve) {
      const operation = record === undefined ? 'get' : record ? 'set' : 'remove';
      resolve(shelf(operation, 'minitill.' + name + '@' + scope, record && JSON.stringify(record)));
    }).then(valueOf, valueOf); // a rejection means that the storage is full or forbidden
  };
}

/** Removes the record if it is still the one with that member. */
export function forget(records: Records, name: string, member: string, value: string): Promise<unknown> {
  return records(name).then(function (record) { return record[member] === value && records(name, null); });
}

/** Containers return null, undefined, '' or an object without data for an absent value; some parse JSON themselves. */
function valueOf(found: any): any {
  return objectOf(found && (found.data || found.APDataStorage || found)); // the second in old containers
}

function findShelf(host: Host, timers: Timers): Shelf {
  if (host.getStorageSync || host.getStorage) return hostShelf(host, timers);
  try {
    // Reading the name throws where there is no storage, or where a page may not store anything.
    if (localStorage) return shelfOf(localStorage);
  } catch (_) { /* memory is used instead */ }
  return memoryShelf();
}

function shelfOf(storage: any): Shelf {
  return function (operation, key, value) { return storage[operation + 'Item'](key, value); };
}

function hostShelf(host: any, timers: Timers): Shelf {
  return function (operation, key, value) {
    const name = operation + 'Storage';
    const sync = name + 'Sync';
    const options = { key: key, data: value };
    if (!host[sync]) return askHost(timers, PATIENCE, host, name, options);
    return host.login ? host[sync](key, value) : host[sync](options); // `wx`, `tt` and Taro take plain keys
  };
}

function memoryShelf(): Shelf {
  const kept: any = {};
  return function (operation, key, value) { return operation === 'get' ? kept[key] : kept[key] = value; };
}
