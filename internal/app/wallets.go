package app

import (
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/redotpay/direct"
	"github.com/minitill/minitill/wallet/sandbox"
)

//go:generate go test -run TestREADME . -update

// kind is one kind of wallet that can be configured.
type kind struct {
	config func() wallet.Opener
	wallet wallet.Wallet // of its type, without settings, for its capabilities only
}

// kinds are all kinds of wallets, by the name that a configuration gives them.
var kinds = map[string]kind{
	"miniprogram":     {func() wallet.Opener { return new(miniprogram.Config) }, new(miniprogram.Wallet)},
	"redotpay":        {func() wallet.Opener { return new(redotpay.Config) }, redotpay.Refunding{}},
	"redotpay_direct": {func() wallet.Opener { return new(direct.Config) }, (*direct.Orders)(nil)},
	"sandbox":         {func() wallet.Opener { return new(sandbox.Config) }, new(sandbox.Wallet)},
}
