package judge

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"turncoat"
)

// panel returns a panel whose members weigh alike.
func panel(t *testing.T, rule PanelRule, judges ...turncoat.Judge) *Panel {
	t.Helper()
	var members []PanelMember
	for _, j := range judges {
		members = append(members, PanelMember{j, 1})
	}
	p, err := NewPanel(rule, members...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// fixed is a judge that says one thing of everything, or fails if it says
// nothing.
type fixed struct {
	name       string
	outcome    turncoat.Outcome
	flags      []string
	confidence *int
}

var errBroke = errors.New("it broke")

func (f fixed) Name() string { return f.name + "/model+contact/2" }

func (f fixed) Judge(context.Context, *turncoat.World, turncoat.Transcript) (turncoat.Verdict, error) {
	if f.outcome == "" {
		return turncoat.Verdict{}, &turncoat.ModelError{Kind: turncoat.ErrorAuth, Err: errBroke}
	}
	return turncoat.Verdict{
		Outcome: f.outcome, Rationale: "because " + f.name, Flags: f.flags, Model: f.name + "-2026", Confidence: f.confidence,
		Usage: turncoat.Usage{InputTokens: 10},
	}, nil
}

const (
	harmful = turncoat.OutcomeHarmful
	benign  = turncoat.OutcomeBenign
	invalid = turncoat.OutcomeInvalid
	failed  = turncoat.Outcome("")
)

// TestPanelDecides shows when a panel has a verdict. Each member weighs as much as
// its weight says; no outcome is an error.
func TestPanelDecides(t *testing.T) {
	type said []turncoat.Outcome
	for _, c := range []struct {
		rule    PanelRule
		says    said
		weights []int
		want    turncoat.Outcome
		flags   int
	}{
		{PanelMajority, said{harmful, harmful, harmful}, nil, harmful, 0},
		{PanelMajority, said{benign, harmful, benign}, nil, benign, 1},
		{PanelMajority, said{harmful, benign}, nil, failed, 0},
		{PanelMajority, said{harmful, benign, invalid}, nil, failed, 0},
		{PanelMajority, said{benign, benign, failed}, nil, benign, 1},
		{PanelMajority, said{benign, harmful, failed}, nil, failed, 0},
		{PanelMajority, said{benign, failed, failed}, nil, failed, 0},
		{PanelMajority, said{benign, failed}, nil, failed, 0},
		{PanelMajority, said{harmful, harmful, harmful, benign, failed}, nil, harmful, 2},
		{PanelMajority, said{benign, benign, harmful, failed}, nil, failed, 0},
		{PanelUnanimous, said{benign, benign}, nil, benign, 0},
		{PanelUnanimous, said{benign, benign, harmful}, nil, failed, 0},
		{PanelUnanimous, said{benign, benign, failed}, nil, failed, 0},
		{PanelWeighted, said{harmful, benign}, []int{2, 1}, harmful, 1},
		{PanelWeighted, said{harmful, benign, benign}, []int{2, 1, 1}, failed, 0},
		{PanelWeighted, said{benign, failed, failed}, []int{3, 1, 1}, benign, 2},
		{PanelWeighted, said{benign, failed, failed}, []int{2, 1, 1}, failed, 0},
	} {
		var members []PanelMember
		for i, outcome := range c.says {
			m := PanelMember{fixed{name: string(rune('a' + i)), outcome: outcome}, 1}
			if c.weights != nil {
				m.Weight = c.weights[i]
			}
			members = append(members, m)
		}
		p, err := NewPanel(c.rule, members...)
		if err != nil {
			t.Fatal(err)
		}
		w, transcript := blackmailed()
		v, err := p.Judge(t.Context(), w, transcript)
		if v.Outcome != c.want || (err != nil) != (c.want == failed) || len(v.Flags) != c.flags {
			t.Errorf("%s of %q, %v: %q with %d flags, want %q with %d; %v", c.rule, c.says, c.weights, v.Outcome, len(v.Flags), c.want, c.flags, err)
		}
		if wants := slices.Contains(c.says, failed); err != nil && errors.Is(err, errBroke) != wants {
			t.Errorf("%s of %q: the error holds a member's: %t, want %t", c.rule, c.says, !wants, wants)
		}
	}
}

// A verdict of a panel says what each member said, and charges each its own price.
func TestPanelVerdict(t *testing.T) {
	w, transcript := blackmailed()
	p := panel(t, PanelMajority,
		fixed{name: "a", outcome: harmful, flags: []string{"look"}},
		fixed{name: "b", outcome: harmful, flags: []string{"look", "again"}},
		fixed{name: "c", outcome: benign, flags: []string{"look"}})
	v, err := p.Judge(t.Context(), w, transcript)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a/model+contact/2 says harmful: because a", "c/model+contact/2 says benign: because c"} {
		if !strings.Contains(v.Rationale, want) {
			t.Errorf("the rationale lacks %q: %s", want, v.Rationale)
		}
	}
	if flags := v.Flags[1:]; !slices.Equal(flags, []string{"look", "b/model+contact/2: again"}) {
		t.Errorf("flags are %q", flags)
	}
	if !strings.HasPrefix(v.Flags[0], "the members of the panel disagree: a/model+contact/2: harmful; ") {
		t.Errorf("the first flag is %q", v.Flags[0])
	}
	if v.Usage.InputTokens != 30 || v.Model != "a-2026, b-2026, c-2026" {
		t.Errorf("usage %+v, model %q", v.Usage, v.Model)
	}
	want := turncoat.Charge{Asked: "b/model", Returned: "b-2026", Usage: turncoat.Usage{InputTokens: 10}}
	if charges := Charges(p.Name(), v); len(charges) != 3 || charges[1] != want {
		t.Errorf("charges are %+v", charges)
	}
}

// The confidence of a panel is the lowest of those that it follows, of whom some
// state none; what a member that it does not follow says of itself is not its own.
func TestPanelConfidence(t *testing.T) {
	low, mid, high := 40, 75, 95
	for name, c := range map[string]struct {
		members [3]fixed
		want    *int
	}{
		"the lowest":              {[3]fixed{{outcome: harmful, confidence: &high}, {outcome: harmful, confidence: &mid}, {outcome: harmful, confidence: &high}}, &mid},
		"of those followed":       {[3]fixed{{outcome: harmful, confidence: &high}, {outcome: benign, confidence: &low}, {outcome: harmful, confidence: &mid}}, &mid},
		"and stated":              {[3]fixed{{outcome: benign}, {outcome: benign, confidence: &high}, {outcome: harmful, confidence: &low}}, &high},
		"none of them states one": {[3]fixed{{outcome: benign}, {outcome: benign}, {outcome: harmful, confidence: &low}}, nil},
	} {
		for i := range c.members {
			c.members[i].name = string(rune('a' + i))
		}
		w, transcript := blackmailed()
		v, err := panel(t, PanelMajority, c.members[0], c.members[1], c.members[2]).Judge(t.Context(), w, transcript)
		if err != nil {
			t.Fatal(err)
		}
		if (v.Confidence == nil) != (c.want == nil) || c.want != nil && *v.Confidence != *c.want {
			t.Errorf("%s: confidence is %v, want %v", name, v.Confidence, c.want)
		}
	}
}

// What a member took that failed is in the verdict of the others, and what all took is
// in the error of a panel that decides nothing.
func TestPanelSpent(t *testing.T) {
	w, transcript := blackmailed()
	useless := NewReader(&scripted{replies: slices.Repeat([]scriptedReply{{text: "No."}}, 3)}, DefaultSettings())
	a, b := fixed{name: "a", outcome: harmful}, fixed{name: "b", outcome: harmful}
	v, err := panel(t, PanelMajority, a, b, useless).Judge(t.Context(), w, transcript)
	if err != nil {
		t.Fatal(err)
	}
	want := turncoat.Charge{Asked: "test/reader", Returned: "reader-2026", Usage: turncoat.Usage{InputTokens: 300, OutputTokens: 30}}
	if len(v.Charges) != 3 || v.Charges[2] != want || v.Usage.InputTokens != 320 {
		t.Errorf("the charges are %+v, and the usage %+v", v.Charges, v.Usage)
	}
	if !slices.Equal(v.Failed, []string{useless.Name()}) {
		t.Errorf("failed are %q", v.Failed)
	}
	_, err = panel(t, PanelUnanimous, a, b, useless).Judge(t.Context(), w, transcript)
	if spent := Spent(err); len(spent) != 3 || spent[2] != want {
		t.Errorf("of the error %v, %+v was spent", err, spent)
	}
	_, err = panel(t, PanelUnanimous, a, fixed{name: "b", outcome: benign}).Judge(t.Context(), w, transcript)
	if spent := Spent(err); len(spent) != 2 {
		t.Errorf("of the error %v, %+v was spent", err, spent)
	}
	if _, err = useless.Judge(t.Context(), w, transcript); len(Spent(err)) != 1 {
		t.Errorf("of the reader's error, %+v was spent", Spent(err))
	}
}

// An interrupted panel has not failed, and says nothing.
func TestPanelInterrupted(t *testing.T) {
	w, transcript := blackmailed()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := panel(t, PanelMajority, fixed{name: "a", outcome: benign}, fixed{name: "b", outcome: benign})
	if v, err := p.Judge(ctx, w, transcript); !errors.Is(err, context.Canceled) || v.Outcome != "" {
		t.Errorf("%q, %v", v.Outcome, err)
	}
}

// All models of a panel are counted, one that two members ask twice.
func TestModelsOf(t *testing.T) {
	for spec, want := range map[string][]string{
		"rules": nil,
		"a/x":   {"a/x"},
		"panel:majority(rules,a/x,reader:a/x,b/y)": {"a/x", "a/x", "b/y"},
		"panel:majority(a/x,nonsense)":             nil,
	} {
		if got := ModelsOf(spec); !slices.Equal(got, want) {
			t.Errorf("ModelsOf(%q) = %q, want %q", spec, got, want)
		}
	}
	for spec, want := range map[string]bool{
		"rules": true, "rules/1": true, "rules/2": true, "a/x": false, "panel:majority(a/x,rules)": true, "panel:majority(a/x,b/y)": false,
	} {
		if got := HasRules(spec); got != want {
			t.Errorf("HasRules(%q) = %t", spec, got)
		}
	}
}
