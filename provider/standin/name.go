package standin

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"turncoat"
	"turncoat/published"
)

// standIn is who a name stands for: an actor, or a judge.
type standIn struct {
	name     string                               // bare; the paper's, where a vendor has another for the same model
	rate     func(turncoat.WorldID) (Rate, error) // of an actor
	accuracy *accuracy                            // of a judge
}

func (s standIn) isJudge() bool { return s.accuracy != nil }

// returnedName is the name under which the stand-in's replies come.
func (s standIn) returnedName() string { return turncoat.StandInProvider + "/" + s.name }

// probabilityPattern is how names write a probability.
const probabilityPattern = `(0(?:\.[0-9]+)?|1(?:\.0+)?)`

var (
	rateName  = regexp.MustCompile(`^rate-` + probabilityPattern + `$`)
	judgeName = regexp.MustCompile(`^judge(?:-` + probabilityPattern + `-` + probabilityPattern + `)?$`)
)

// standInOf finds the stand-in of a model's name. All before the name's last
// slash is the provider's or the vendor's, and does not matter.
func standInOf(model string) (standIn, error) {
	bare := strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
	if m, ok := published.ModelOf(bare); ok {
		return standIn{name: m.Name, rate: publishedRate(m.Name)}, nil
	}
	if m := rateName.FindStringSubmatch(bare); m != nil {
		return standIn{name: bare, rate: namedRate(m[1])}, nil
	}
	if m := judgeName.FindStringSubmatch(bare); m != nil {
		return standIn{name: bare, accuracy: namedAccuracy(m[1], m[2])}, nil
	}
	return standIn{}, fmt.Errorf("there is no stand-in %q; there are %s, rate-0.30 and the like (plays harmful with that probability), judge, and judge-0.90-0.95 and the like (sensitivity and specificity)",
		model, strings.Join(listedNames(), ", "))
}

// Check returns an error that lists the names of stand-ins if name is none.
func Check(name string) error {
	_, err := standInOf(name)
	return err
}

// listedNames returns the names of the paper's models.
func listedNames() []string {
	var names []string
	for _, m := range published.Models() {
		names = append(names, m.Name)
	}
	return names
}

func namedRate(p string) func(turncoat.WorldID) (Rate, error) {
	rate := newRate(namedProbability(p), "stated by the stand-in's name")
	return func(id turncoat.WorldID) (Rate, error) {
		if id.Condition[factorNotice] == noticeConsider {
			return considering(newCell("rate-"+p, id), rate, "")
		}
		return rate, nil
	}
}

// namedAccuracy returns the accuracy that a judge's name states; a name that
// states none is that of a judge who never errs.
func namedAccuracy(sensitivity, specificity string) *accuracy {
	if sensitivity == "" {
		return &accuracy{sensitivity: 1, specificity: 1}
	}
	return &accuracy{sensitivity: namedProbability(sensitivity), specificity: namedProbability(specificity)}
}

// namedProbability reads what [probabilityPattern] matched.
func namedProbability(text string) float64 {
	p, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(fmt.Sprintf("standin: %q matched the pattern of a probability: %v", text, err))
	}
	return p
}
