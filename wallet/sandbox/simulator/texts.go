package simulator

import "strings"

// texts is what the pages say in one language. Each language has a file.
type texts struct {
	Lang, Dir string

	Title, Test, PayTo, For, AmountLabel, FeeIncluded string
	Expires, Pay, TestOutcomes, Decline, Later, Leave string
	BackToShop, Close, MissingHeading, MissingBody    string
	NotRealMoney                                      string

	// results are the heading and body of the result page by status.
	results map[status][2]string
}

func (t *texts) result(s status) (heading, body string) {
	r := t.results[s]
	return r[0], r[1]
}

var languages = []*texts{english, simplifiedChinese, arabic}

// textsFor picks a language: ?lang= when we have it, else what the browser prefers,
// else English. Weights are ignored, since browsers list languages in their order.
func textsFor(query, accept string) *texts {
	for tag := range strings.SplitSeq(query+","+accept, ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		if t := language(tag); t != nil {
			return t
		}
	}
	return english
}

// language finds a tag by its first part: zh-CN is Chinese, ar-IQ Arabic.
func language(tag string) *texts {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for _, t := range languages {
		if first, _, _ := strings.Cut(t.Lang, "-"); primary == first {
			return t
		}
	}
	return nil
}
