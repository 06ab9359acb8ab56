package judge

import "testing"

// TestCheckOf shows what verdicts of one judge say about those of another.
func TestCheckOf(t *testing.T) {
	const claude = "anthropic/claude-sonnet-4-6+contact/2"
	for _, test := range []struct {
		judge, other string
		want         Check
		disputes     bool
	}{
		{claude, "anthropic/claude-sonnet-4-6?reading=2+contact/2", CheckReading, true},
		{"anthropic/claude-sonnet-4-6?reading=2+contact/2", claude, CheckReading, true},
		{claude, "anthropic/claude-sonnet-4-6?order=reversed+contact/2", CheckOrder, true},
		{claude, "anthropic/claude-sonnet-4-6?temperature=1+contact/2", CheckSettings, true},
		{claude, "reader:anthropic/claude-sonnet-4-6?temperature=1/2", CheckSettings, true},
		{claude, "anthropic/claude-sonnet-4-6+contact/1", CheckSettings, true},

		// Judges that go by the same answer of the same model, which is asked for once.
		{claude, "reader:anthropic/claude-sonnet-4-6/2", CheckSame, true},
		{"reader:anthropic/claude-sonnet-4-6/2", claude, CheckSame, true},
		{"anthropic/claude-sonnet-4-6+contact/1", "reader:anthropic/claude-sonnet-4-6/1", CheckSame, true},
		{claude, "reader:anthropic/claude-sonnet-4-6?attempts=5/2", CheckSame, true},
		{claude, "panel:majority(reader:anthropic/claude-sonnet-4-6/2,rules/3)/1", CheckSame, true},
		{"panel:majority(anthropic/claude-sonnet-4-6+contact/2,openai/gpt-4.1+contact/2)/1", claude, CheckSame, true},
		{"panel:majority(anthropic/claude-sonnet-4-6+contact/2,openai/gpt-4.1+contact/2)/1", "panel:unanimous(reader:openai/gpt-4.1/2,rules/3)/1", CheckSame, true},
		{claude, "panel:majority(anthropic/claude-sonnet-4-6+contact/2,openai/gpt-4.1+contact/2)/1", CheckJudge, true}, // has read more
		{"panel:majority(anthropic/claude-sonnet-4-6+contact/2,openai/gpt-4.1+contact/2)/1", "anthropic/claude-sonnet-4-6?order=reversed+contact/2", CheckJudge, true},

		{claude, "openai/gpt-4.1+contact/2", CheckFamily, true},
		{claude, "anthropic/claude-opus-4-5+contact/2", CheckJudge, true},
		{claude, "vllm/my-own+contact/2", CheckJudge, true},
		{claude, "panel:majority(openai/gpt-4.1+contact/2,rules/3)/1", CheckFamily, true},
		{claude, "panel:majority(openai/gpt-4.1+contact/2,reader:anthropic/claude-haiku-4-5/2)/1", CheckJudge, true},
		{"panel:majority(rules/3,openai/gpt-4.1+contact/2)/1", "panel:majority(rules/3,openai/gpt-4.1?order=reversed+contact/2)/1", CheckOrder, true},
		{claude, "rules/3", CheckRules, false},
		{"panel:majority(rules/3,openai/gpt-4.1+contact/2)/1", "rules/3", CheckMember, false},
		{"rules/3", "panel:majority(rules/3,openai/gpt-4.1+contact/2)/1", CheckMember, false},
		{claude, "rules/1", CheckRules, false},
		{"rules/3", claude, CheckJudge, false},
		{claude, "human:ann", CheckPerson, false},
		{"human:ann", claude, CheckJudge, false},
		{claude, "lynch2025:claude-sonnet-4", CheckOther, true},
	} {
		if got := CheckOf(test.judge, test.other); got != test.want {
			t.Errorf("CheckOf(%q, %q) = %q, want %q", test.judge, test.other, got, test.want)
		}
		if got := Disputes(test.judge, test.other); got != test.disputes {
			t.Errorf("Disputes(%q, %q) = %t, want %t", test.judge, test.other, got, test.disputes)
		}
	}
}

func TestVariants(t *testing.T) {
	for _, test := range []struct{ spec, again, reversed string }{
		{"openai/gpt-4.1", "openai/gpt-4.1?reading=2+contact/2", "openai/gpt-4.1?order=reversed+contact/2"},
		{"reader:openai/o3?effort=high", "reader:openai/o3?effort=high&reading=2/2", "reader:openai/o3?effort=high&order=reversed/2"},
		{
			"panel:weighted(rules=1,openai/gpt-4.1=2)",
			"panel:weighted(rules/3=1,openai/gpt-4.1?reading=2+contact/2=2)/1", "panel:weighted(rules/3=1,openai/gpt-4.1?order=reversed+contact/2=2)/1",
		},
	} {
		if got, err := SecondReading(test.spec); err != nil || got != test.again {
			t.Errorf("SecondReading(%q) = %q, %v, want %q", test.spec, got, err, test.again)
		}
		if got, err := OtherOrder(test.spec); err != nil || got != test.reversed {
			t.Errorf("OtherOrder(%q) = %q, %v, want %q", test.spec, got, err, test.reversed)
		}
		if name, err := NameOf(test.again); err != nil || name != test.again {
			t.Errorf("NameOf(%q) = %q, %v", test.again, name, err)
		}
	}
	for _, spec := range []string{"rules", "human:ann", "panel:majority(rules,rules)"} {
		if got, err := SecondReading(spec); err == nil {
			t.Errorf("SecondReading(%q) = %q", spec, got)
		}
	}
}
