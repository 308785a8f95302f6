import Taro from '@tarojs/taro';
import { createTill } from 'minitill';
import { fromBrowser, fromTaro } from 'minitill/hosts';
import { sheet } from 'minitill/sheet';

/** The one till of the app: in a mini program by Taro's functions, in the h5 build by the browser's. */
export const till = createTill({
  baseUrl: 'https://till.example.com',
  wallet: 'gcash-main',
  my: process.env.TARO_ENV === 'h5' ? fromBrowser() : fromTaro(Taro),
  onAction: sheet(), // what tradePay cannot do; a browser has no tradePay at all
});
