package wallet

import "testing"

func TestATextHasNoCardNumberAndNoControlsOfTheWritingDirection(t *testing.T) {
	const card, controls = "must not have a payment card's number in it", "must have no controls of the writing direction"
	for text, want := range map[string]string{
		"":                                    "",
		"Two flat whites":                     "",
		"قهوة \u200fعربية\u200e":              "",
		"paid with 4111111111111111":          card,
		"paid with 4111 1111-1111 1111, soon": card,
		"4111111111111112 is order 17":        "",
		"\u202e5.00":                          controls,
		"Tea\u2066":                           controls,
		"\u202a4111111111111111":              card,
	} {
		if got := TextFlaw(text); got != want {
			t.Errorf("TextFlaw(%q): got %q, want %q", text, got, want)
		}
	}
}
