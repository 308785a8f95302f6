package app

import (
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/ottpay"
	"github.com/minitill/minitill/wallet/payprotocol"
	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/redotpay/direct"
	"github.com/minitill/minitill/wallet/sandbox"
)

//go:generate go test -run TestREADME . -update

// kind is a kind of wallet that can be configured.
type kind struct {
	config func() wallet.Opener
	types  []wallet.Wallet // one of each type that it opens, without settings, for capabilities only
}

// kinds are the built-in kinds of wallets, by their type in the configuration. Env.Wallets
// adds others.
var kinds = map[string]kind{
	"miniprogram":     {func() wallet.Opener { return new(miniprogram.Config) }, []wallet.Wallet{new(miniprogram.Wallet)}},
	"ottpay":          {func() wallet.Opener { return new(ottpay.Config) }, []wallet.Wallet{new(ottpay.Web), new(ottpay.REST)}},
	"payprotocol":     {func() wallet.Opener { return new(payprotocol.Config) }, []wallet.Wallet{new(payprotocol.Wallet)}},
	"redotpay":        {func() wallet.Opener { return new(redotpay.Config) }, []wallet.Wallet{new(redotpay.Wallet), redotpay.Refunding{}}},
	"redotpay_direct": {func() wallet.Opener { return new(direct.Config) }, []wallet.Wallet{new(direct.Orders), new(direct.Cards)}},
	"sandbox":         {func() wallet.Opener { return new(sandbox.Config) }, []wallet.Wallet{new(sandbox.Wallet)}},
}
