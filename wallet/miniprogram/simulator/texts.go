package simulator

import "github.com/minitill/minitill/internal/design"

// texts is what the pages say in one language. Each language has a file.
type texts struct {
	Title, Test, NotRealMoney                      string
	PayTo, For, OrderLabel, AmountLabel, Expires   string
	Pay, Authorize, HoldNote                       string
	TestOutcomes, Decline, Later, Cancel, Leave    string
	BackToShop, Close                              string
	Asks, AsksScopes, Contract, ContractBody       string
	Agree, Sign, Refuse                            string
	Agreed, AgreedBody, Refused, RefusedBody, Code string
	MissingHeading, MissingBody                    string

	// results are the heading and body of the result page.
	results map[status][2]string
}

var textsOf = map[design.Language]*texts{
	design.English: english, design.SimplifiedChinese: simplifiedChinese, design.Arabic: arabic,
}
