package judge

import (
	"fmt"
	"slices"

	"turncoat"
)

// Check is how one judge's verdicts test another's.
type Check string

// The checks of a judge.
const (
	CheckSame     Check = "same reading"   // every model that the other asks, this one asks the same: they go by the same answers
	CheckReading  Check = "read again"     // the same judge, asked once more
	CheckOrder    Check = "in other order" // the same judge, with the evidence in reverse order
	CheckSettings Check = "other settings" // the same models, asked otherwise
	CheckFamily   Check = "another family" // judges whose models are of other families
	CheckJudge    Check = "another judge"  // others: models of the same family or of none that is known, or one side has none
	CheckMember   Check = "a member"       // rules and a panel that has them: they agree the more for it
	CheckRules    Check = "rules"          // judges that read nothing
	CheckPerson   Check = "a person"       // people
	CheckOther    Check = "from elsewhere" // verdicts that were imported
)

// SecondReading returns the spec of the judge that asks the models of another the
// same once more. It is an error if the judge asks none: it says the same again.
func SecondReading(spec string) (string, error) {
	return variant(spec, func(s *Settings) { s.Reading++ })
}

// OtherOrder returns the spec of the judge that shows the models of another the
// evidence in reverse. It is an error if the judge asks none.
func OtherOrder(spec string) (string, error) {
	return variant(spec, func(s *Settings) { s.Reversed = !s.Reversed })
}

// variant returns the name of a judge with other settings of all its models.
func variant(spec string, change func(*Settings)) (string, error) {
	j, err := Open(spec, NameOnly)
	if err != nil {
		return "", err
	}
	if len(ModelsOf(spec)) == 0 {
		return "", fmt.Errorf("judge %q asks no model, and says of the same transcript always the same", spec)
	}
	changeSettings(j, change)
	return j.Name(), nil
}

func changeSettings(j turncoat.Judge, change func(*Settings)) {
	switch j := j.(type) {
	case *Reader:
		change(&j.settings)
	case *Combination:
		change(&j.reader.settings)
	case *Panel:
		for _, m := range j.members {
			changeSettings(m.Judge, change)
		}
	}
}

// CheckOf says what the verdicts of another judge test about those of a judge, by
// their names.
func CheckOf(judge, other string) Check {
	_, _, foreign := Foreign(other)
	models, others := ModelsOf(judge), ModelsOf(other)
	switch {
	case IsHuman(other):
		return CheckPerson
	case foreign:
		return CheckOther
	case isMember(judge, other), isMember(other, judge):
		return CheckMember
	case len(others) == 0:
		return CheckRules
	case sharesReadings(judge, other):
		return CheckSame
	case same(other, judge, SecondReading) || same(judge, other, SecondReading):
		return CheckReading
	case same(other, judge, OtherOrder):
		return CheckOrder
	case slices.Equal(models, others):
		return CheckSettings
	case isOtherFamily(models, others):
		return CheckFamily
	}
	return CheckJudge
}

// isMember reports whether a panel has the rules as a member. A panel and a member
// that reads are the same reading.
func isMember(panel, rules string) bool {
	j, err := opener{models: NameOnly, anyVersion: true}.judge(panel)
	if err != nil || len(ModelsOf(rules)) > 0 {
		return false
	}
	p, ok := j.(*Panel)
	return ok && slices.ContainsFunc(p.members, func(m PanelMember) bool { return m.Judge.Name() == rules })
}

// sharesReadings reports whether another judge goes by nothing that a judge has not
// read itself: each of its readings is one of the judge's ([Memory] asks for both
// once), whatever rules and votes make of it. That the two agree then is no sign that
// either is steady.
func sharesReadings(judge, other string) bool {
	own := askingsOf(judge)
	for _, a := range askingsOf(other) {
		if !slices.Contains(own, a) {
			return false
		}
	}
	return true
}

// asking is how a judge asks a model about a transcript. Two judges with the same one
// ask the same.
type asking struct {
	model    string
	settings string // as a spec has them
	version  string // of the judge, whose prompt may be another; "": this program's
}

// askingsOf returns how a judge asks its models, by its spec or name: none for a judge that
// asks no model. How many answers may be asked for until one can be used is left out:
// the first of them is the same.
func askingsOf(spec string) []asking {
	var all []asking
	o := opener{models: NameOnly, anyVersion: true, parsed: func(p parsedSpec) {
		p.settings.Attempts = DefaultSettings().Attempts
		all = append(all, asking{p.model, p.settings.String(), p.version})
	}}
	if _, err := o.judge(spec); err != nil {
		return nil // a spec that is none reads nothing
	}
	return all
}

// same reports whether a judge is what another becomes.
func same(judge, other string, becomes func(string) (string, error)) bool {
	name, err := becomes(other)
	return err == nil && name == judge
}

// isOtherFamily reports whether the families of all models are known and none is on
// both sides.
func isOtherFamily(models, others []string) bool {
	if len(models) == 0 {
		return false
	}
	var families []string
	for _, m := range models {
		of := familiesOf(m)
		if len(of) == 0 {
			return false
		}
		families = append(families, of...)
	}
	for _, m := range others {
		of := familiesOf(m)
		if len(of) == 0 || slices.ContainsFunc(of, func(f string) bool { return slices.Contains(families, f) }) {
			return false
		}
	}
	return true
}

// Disputes reports whether a person should look where two judges differ: neither
// is a person, who has looked, and both read. That rules miss what a reader sees is
// no news, and where they see what it does not, a combination says so itself.
func Disputes(judge, other string) bool {
	return reads(judge) && reads(other)
}

// reads reports whether a judge is a model, or several, or somebody of elsewhere.
func reads(judge string) bool {
	_, _, foreign := Foreign(judge)
	return foreign || len(ModelsOf(judge)) > 0
}
