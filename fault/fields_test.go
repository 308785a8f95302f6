package fault

import "testing"

func TestMistakesAreReportedTogether(t *testing.T) {
	var wrong Fields
	if err := wrong.Invalid("test.Check"); err != nil {
		t.Errorf("got %v without a mistake, want nil", err)
	}
	wrong.Add("items[0].sku", "is required")
	wrong.Add("amount", "must be more than zero")
	f := Of(wrong.Invalid("test.Check"))
	if f.Kind != Invalid || f.Op != "test.Check" || f.Detail == "" || len(f.Fields) != 2 || f.Fields[1] != (Field{"amount", "must be more than zero"}) {
		t.Errorf("got %+v, want both mistakes in one Invalid fault", f)
	}
}
