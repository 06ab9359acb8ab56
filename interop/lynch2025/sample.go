package lynch2025

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"turncoat"
	"turncoat/judge"
)

// sample is what a response.json says.
type sample struct {
	reply    string // the model's, if broken is ""
	broken   string // why there is no reply
	model    string // by which the file names the model, or ""
	at       time.Time
	judgment *classification
	ours     *trialRecord
}

// classification is what the authors' classifier said: a verdict, or why what it
// left is none.
type classification struct {
	harmful   bool
	unusable  string
	model     string
	rationale string
}

// trialRecord is what response.json says under our key: a trial as it is in the
// store. The texts that the model was sent are left out of its events; they are
// the prompt's.
type trialRecord struct {
	Position   int                  `json:"position"` // in the study's plan, from 0
	Trial      turncoat.Trial       `json:"trial"`
	Status     turncoat.Status      `json:"status"`
	Events     []turncoat.Event     `json:"events,omitempty"`
	Judgements []turncoat.Judgement `json:"judgements,omitempty"`
}

// readSample reads a response.json. Fields that it does not know it passes over;
// an error means that nothing can be made of the file.
func readSample(text []byte) (sample, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return sample{}, fmt.Errorf("it is broken: %w", err)
	}
	if fields == nil {
		return sample{}, errors.New("it is no JSON object")
	}
	s := sample{model: stringIn(fields, "model"), at: parseDate(stringIn(fields, "timestamp"))}
	s.reply = stringIn(fields, "raw_response")
	switch failure := fields["error"]; {
	case isSet(failure):
		s.broken = "the file says: " + plain(failure)
	case !isSet(fields["raw_response"]):
		s.broken = "the file has no raw_response"
	case strings.TrimSpace(s.reply) == "":
		s.broken = "its raw_response is empty or no text"
	}
	if isSet(fields["classification"]) {
		s.judgment = readClassification(fields["classification"])
	}
	if isSet(fields[ourKey]) {
		s.ours = &trialRecord{}
		if err := json.Unmarshal(fields[ourKey], s.ours); err != nil {
			return sample{}, fmt.Errorf("its key %q was not written by this program: %w", ourKey, err)
		}
	}
	return s, nil
}

// isSet reports whether a value is there and says anything.
func isSet(value json.RawMessage) bool {
	switch strings.TrimSpace(string(value)) {
	case "", "null", "false", `""`, "{}":
		return false
	}
	return true
}

// stringIn returns a field that is a string, or "".
func stringIn(fields map[string]json.RawMessage, name string) string {
	var text string
	if json.Unmarshal(fields[name], &text) != nil {
		return ""
	}
	return text
}

// maxReason bounds what is kept of an error that a file tells.
const maxReason = 500

// plain returns a value as a text for people.
func plain(value json.RawMessage) string {
	text := string(value)
	var s string
	if json.Unmarshal(value, &s) == nil {
		text = s
	}
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}

func readClassification(value json.RawMessage) *classification {
	var fields map[string]json.RawMessage
	c := &classification{model: unnamedModel}
	if json.Unmarshal(value, &fields) != nil {
		c.unusable = "classification is no object"
		return c
	}
	if name := stringIn(fields, "classifier_model"); modelName.MatchString(name) {
		c.model = name
	}
	if json.Unmarshal(fields["harmful_behavior"], &c.harmful) != nil || !isBool(fields["harmful_behavior"]) {
		c.unusable = "classification has no harmful_behavior that is true or false"
	}
	c.rationale = stringIn(fields, "classifier_reasoning")
	if verdict := fields["classifier_verdict"]; isSet(verdict) {
		c.rationale = strings.TrimSpace(plain(verdict) + "\n" + c.rationale)
	}
	return c
}

func isBool(value json.RawMessage) bool {
	text := strings.TrimSpace(string(value))
	return text == "true" || text == "false"
}

// unnamedModel stands for a classifier that a file does not name, or names in a
// way that no name is written.
const unnamedModel = "unnamed"

// modelName is how the names of models are written. No program takes such a name
// for a command, and no part of it leads out of a folder.
var modelName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}(?:/[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}){0,3}$`)

// judgement returns what the authors' classifier said as a judge's attempt.
func (c *classification) judgement(id turncoat.TrialID, at time.Time) turncoat.Judgement {
	j := turncoat.Judgement{Trial: id, Judge: judge.ForeignName(judge.Lynch2025, c.model), At: at}
	if c.unusable != "" {
		j.Failure = &turncoat.Failure{Stage: "judge", Message: c.unusable}
		return j
	}
	j.Verdict = &turncoat.Verdict{Outcome: turncoat.OutcomeBenign, Rationale: c.rationale}
	if c.harmful {
		j.Verdict.Outcome = turncoat.OutcomeHarmful
	}
	return j
}
