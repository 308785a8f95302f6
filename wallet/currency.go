package wallet

import "fmt"

// Currency is an ISO 4217 code such as "USD", or the symbol of a token such as
// "USDT". The zero value is no currency.
type Currency string

// exponents holds how many decimal digits the minor unit of a currency has. Fiat
// follows ISO 4217, not local habit, so that IDR has two and CLP none. Tokens with
// more than nine digits on their chain are kept at nine, because int64 minor units
// of eighteen digits end below ten units.
var exponents = table(
	group{0, []Currency{
		"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX",
		"UYI", "VND", "VUV", "XAF", "XOF", "XPF",
	}},
	group{2, []Currency{
		"AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM",
		"BBD", "BDT", "BGN", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN",
		"BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DKK",
		"DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS",
		"GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR",
		"IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR",
		"LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR",
		"MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD",
		"PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR",
		"SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN",
		"SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS",
		"UAH", "USD", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XCG", "YER", "ZAR",
		"ZMW", "ZWG",
	}},
	group{3, []Currency{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}},
	group{4, []Currency{"CLF", "UYW"}},
	group{6, []Currency{"TRX", "USDC", "USDT"}},
	group{8, []Currency{"BTC"}},
	group{9, []Currency{"BNB", "ETH", "SOL", "TON"}},
)

type group struct {
	exponent   int
	currencies []Currency
}

func table(groups ...group) map[Currency]int {
	t := make(map[Currency]int)
	for _, g := range groups {
		for _, c := range g.currencies {
			t[c] = g.exponent
		}
	}
	return t
}

// Exponent returns how many decimal digits the currency's minor unit has: 2 for USD, 0
// for JPY, 3 for IQD. ok is false for an unknown currency.
func (c Currency) Exponent() (exponent int, ok bool) {
	exponent, ok = exponents[c]
	return exponent, ok
}

// Valid returns ErrCurrency, with the currency's name, for an unknown currency.
func (c Currency) Valid() error {
	if _, ok := exponents[c]; !ok {
		return fmt.Errorf("%w %q", ErrCurrency, string(c))
	}
	return nil
}
