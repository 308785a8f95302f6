// Checked by the compiler, never run: the helper beside Taro's declarations.
import Taro from '@tarojs/taro';
import { createTill } from 'minitill';

createTill({ baseUrl: 'https://till.example.com', my: Taro });
Taro.showToast({ title: 'Thank you!' });

// @ts-expect-error: the declarations of Taro are in force
Taro.showToast({ content: '' });
// @ts-expect-error: and the helper's
createTill({ baseUrl: 5 });
