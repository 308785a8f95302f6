/** What the payer reads while a payment runs. */
export const PROGRESS = { creating: 'Making your order', paying: 'At the wallet', confirming: 'Looking into it' };

/** What the payer reads when it has ended. Never "failed" while the server does not report it. */
export const OUTCOMES = {
  paid: 'Paid. Thank you!',
  authorized: 'Approved. The money is set aside',
  failed: 'Not paid',
  canceled: 'Not paid, and closed',
  expired: 'Not paid: the time is up',
  voided: 'The money was let go',
  processing: 'The wallet is at work',
  unconfirmed: 'We are still checking',
  unsupported: 'This app cannot pay that way',
};

/** An error in the payer's words. Its message is for developers. */
export function complaint(error) {
  switch (error.code) {
    case 'transport': return 'No connection. Please try again';
    case 'rate_limited': return 'Too many orders. Please wait a minute';
    default: return 'That did not work. Please try again';
  }
}
