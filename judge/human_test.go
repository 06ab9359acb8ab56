package judge

import (
	"strings"
	"testing"
)

// Raters have names that are judges' names, which can be read and not be asked.
func TestHumanNames(t *testing.T) {
	for rater, want := range map[string]string{"ann": "human:ann", "Bo.b-2_x": "human:Bo.b-2_x"} {
		name, err := HumanName(rater)
		if name != want || err != nil || !IsHuman(name) {
			t.Errorf("HumanName(%q) = %q, %v", rater, name, err)
		}
		if got, err := NameOf(name); got != name || err != nil {
			t.Errorf("NameOf(%q) = %q, %v", name, got, err)
		}
		if _, err := Open(name, anyModel); err == nil || !strings.Contains(err.Error(), "cannot be asked") {
			t.Errorf("Open(%q): %v", name, err)
		}
		if len(ModelsOf(name)) > 0 || HasRules(name) {
			t.Errorf("%q asks a model, or rules", name)
		}
	}
	for _, bad := range []string{"", "a/b", "a b", ".ann", "adjudicated", "ann\n", strings.Repeat("x", 41)} {
		if name, err := HumanName(bad); err == nil {
			t.Errorf("HumanName(%q) = %q", bad, name)
		}
	}
	if !IsHuman(Adjudicated) {
		t.Error("adjudicated verdicts are a person's")
	}
}
