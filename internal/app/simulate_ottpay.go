package app

import (
	"context"
	"fmt"
	"log/slog"

	ottpay "github.com/minitill/minitill/wallet/ottpay/simulator"
)

type simulateOttpay struct {
	simulated
	Generation string `default:"web" enum:"web,rest" help:"The generation that the printed settings speak: web or rest. Both are served."`
	Currency   string `default:"CAD" enum:"CAD,USD,CNY" help:"The account's."`
	Merchant   string `default:"Test merchant" help:"The name at the checkout."`
	Fee        int64  `default:"0" help:"A convenience fee on top of each payment, in cents."`
	Async      bool   `name:"async-refunds" help:"Let refunds wait until /control decides about them."`
	Scale      int    `default:"60" help:"Divides the pauses between attempts of a callback: 60 makes minutes of hours."`
}

const (
	ottpayMerchant = "ON00009999"
	ottpayShop     = "ON00009999001"
	ottpayOperator = "0000009001"
)

// Run serves the provider until ctx ends.
func (c *simulateOttpay) Run(ctx context.Context, env Env) error {
	path, key, err := c.secret("ottpay.key")
	if err != nil {
		return err
	}
	return c.serve(ctx, env, func(url string, log *slog.Logger) (provider, string, error) {
		p, err := ottpay.New(ottpay.Config{
			PublicURL: url, MerchantID: ottpayMerchant, ShopID: ottpayShop, OperatorID: ottpayOperator, SignKey: key, Currency: c.Currency,
			AppID: ottpayMerchant, AppKey: key, Merchant: c.Merchant, Fee: c.Fee, AsyncRefunds: c.Async, TimeScale: c.Scale,
			RemarkIsReference: true, RefundIDsAnswered: true, Control: true, Log: log,
		})
		return p, c.settings(url, path), err
	})
}

// settings returns a till's settings for the simulator.
func (c *simulateOttpay) settings(url, key string) string {
	common := fmt.Sprintf("    type: ottpay\n    generation: %s\n    merchantId: %s\n    signKeyFile: %s\n    currency: %s\n", c.Generation, ottpayMerchant, key, c.Currency)
	if c.Generation == "rest" {
		return common + fmt.Sprintf("    baseUrl: %s\n    appId: %s\n    appKeyFile: %s\n    method: ALIPAY_WAP\n", url, ottpayMerchant, key) +
			"    methods: [WECHATPAY_QR, WECHATPAY_JSAPI, WECHATPAY_H5, ALIPAY_WEB]\n    remarkIsReference: true\n    refundsCountAtOnce: true\n    refundIdsAreAsked: true\n"
	}
	return common + fmt.Sprintf("    baseUrl: %s/processV2\n    shopId: %s\n    operatorId: %q\n", url, ottpayShop, ottpayOperator)
}
