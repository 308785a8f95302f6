// Checked by the compiler, never run: the helper beside uni-app's declarations.
import { createTill } from 'minitill';
import { fromUni } from 'minitill/hosts';

createTill({ baseUrl: 'https://till.example.com', my: fromUni(uni) });
uni.showToast({ title: 'Thank you!' });

// @ts-expect-error: the declarations of uni are in force
uni.showToast({ content: '' });
// @ts-expect-error: and the helper's
createTill({ baseUrl: 'https://till.example.com', my: 'uni' });
