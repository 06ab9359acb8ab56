package standin

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"turncoat"
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

// paperModels are the sixteen models of arXiv:2510.05179v2 by the names that
// rates.csv gives them, with the names by which services have offered them.
var paperModels = []struct {
	name    string
	offered []string
}{
	{"claude-opus-4", []string{"claude-opus-4-0", "claude-opus-4-20250514"}},
	{"claude-sonnet-4", []string{"claude-sonnet-4-0", "claude-sonnet-4-20250514"}},
	{"claude-sonnet-3.7", []string{"claude-3-7-sonnet-20250219", "claude-3-7-sonnet-latest", "claude-3.7-sonnet"}},
	{"claude-sonnet-3.6", []string{"claude-3-5-sonnet-20241022", "claude-3-5-sonnet-latest", "claude-3.5-sonnet"}},
	{"claude-sonnet-3.5", []string{"claude-3-5-sonnet-20240620", "claude-3.5-sonnet-20240620"}},
	{"claude-haiku-3.5", []string{"claude-3-5-haiku-20241022", "claude-3-5-haiku-latest", "claude-3.5-haiku"}},
	{"claude-opus-3", []string{"claude-3-opus-20240229", "claude-3-opus-latest", "claude-3-opus"}},
	{"deepseek-r1", []string{"deepseek-reasoner"}},
	{"gemini-2.5-pro", []string{"gemini-2.5-pro-preview-05-06", "gemini-2.5-pro-preview-06-05", "gemini-2.5-pro-preview"}},
	{"gemini-2.5-flash", []string{"gemini-2.5-flash-preview-04-17", "gemini-2.5-flash-preview-05-20"}},
	{"gpt-4.5-preview", []string{"gpt-4.5-preview-2025-02-27"}},
	{"gpt-4.1", []string{"gpt-4.1-2025-04-14"}},
	{"gpt-4o", []string{"gpt-4o-2024-05-13", "gpt-4o-2024-08-06", "gpt-4o-2024-11-20"}},
	{"grok-3-beta", []string{"grok-3", "grok-3-latest"}},
	{"llama-4-maverick", []string{"llama-4-maverick-17b-128e-instruct", "llama-4-maverick-17b-128e-instruct-fp8"}},
	{"qwen3-235b", []string{"qwen3-235b-a22b", "qwen3-235b-a22b-fp8-tput"}},
}

// paperNames leads from each name of a model in the paper to the paper's own.
var paperNames = func() map[string]string {
	names := map[string]string{}
	for _, m := range paperModels {
		names[m.name] = m.name
		for _, offered := range m.offered {
			names[offered] = m.name
		}
	}
	return names
}()

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
	if name, ok := paperNames[bare]; ok {
		return standIn{name: name, rate: publishedRate(name)}, nil
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
	names := make([]string, len(paperModels))
	for i, m := range paperModels {
		names[i] = m.name
	}
	return names
}

func namedRate(p string) func(turncoat.WorldID) (Rate, error) {
	rate := newRate(namedProbability(p), "stated by the stand-in's name")
	return func(turncoat.WorldID) (Rate, error) { return rate, nil }
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
