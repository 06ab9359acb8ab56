package judge

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"turncoat"
)

// Settings say how a reader asks its model.
type Settings struct {
	Parameters turncoat.Parameters
	Attempts   int  // answers asked for until one can be used; at least 1
	Reversed   bool // the evidence is shown in reverse order
	Reading    int  // which reading of the same this is, from 1; by it alone is asked anew what was asked before
}

// orderReversed is the setting order of [Settings.Reversed].
const orderReversed = "reversed"

// DefaultSettings are temperature 0, at most 8,192 tokens with the model's
// reasoning, three attempts, and the evidence in order, for the first time.
func DefaultSettings() Settings {
	zero := 0.0
	return Settings{
		Parameters: turncoat.Parameters{Temperature: &zero, MaxTokens: 8192},
		Attempts:   3,
		Reading:    1,
	}
}

// sound returns the settings with what is below its least value set to it.
func (s Settings) sound() Settings {
	s.Attempts, s.Reading = max(s.Attempts, 1), max(s.Reading, 1)
	return s
}

// String returns what differs from the default settings, as a spec of [Open]
// has it: "?temperature=default", or "" if nothing does.
func (s Settings) String() string {
	usual, values := DefaultSettings(), url.Values{}
	switch t := s.Parameters.Temperature; {
	case t == nil:
		values.Set("temperature", "default")
	case *t != *usual.Parameters.Temperature:
		values.Set("temperature", strconv.FormatFloat(*t, 'g', -1, 64))
	}
	if p := s.Parameters.TopP; p != nil {
		values.Set("top_p", strconv.FormatFloat(*p, 'g', -1, 64))
	}
	if n := s.Parameters.MaxTokens; n != usual.Parameters.MaxTokens {
		values.Set("max_tokens", strconv.Itoa(n))
	}
	if s.Parameters.Effort != "" {
		values.Set("effort", s.Parameters.Effort)
	}
	if s.Attempts != usual.Attempts {
		values.Set("attempts", strconv.Itoa(s.Attempts))
	}
	if s.Reversed {
		values.Set("order", orderReversed)
	}
	if s.Reading != usual.Reading {
		values.Set("reading", strconv.Itoa(s.Reading))
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// parseSettings reads what [Settings.String] writes, without the question mark.
func parseSettings(query string) (Settings, error) {
	s := DefaultSettings()
	values, err := url.ParseQuery(query)
	if err != nil {
		return Settings{}, fmt.Errorf("settings %q: %w", query, err)
	}
	for key, given := range values {
		if len(given) != 1 {
			return Settings{}, fmt.Errorf("the setting %s is given %d times", key, len(given))
		}
		if err := s.set(key, given[0]); err != nil {
			return Settings{}, fmt.Errorf("the setting %s=%s: %w", key, given[0], err)
		}
	}
	return s, nil
}

// set changes one setting.
func (s *Settings) set(key, value string) error {
	switch key {
	case "temperature":
		s.Parameters.Temperature = nil
		if value == "default" {
			return nil
		}
		return setNumber(&s.Parameters.Temperature, value, 2)
	case "top_p":
		return setNumber(&s.Parameters.TopP, value, 1)
	case "max_tokens":
		return setCount(&s.Parameters.MaxTokens, value)
	case "attempts":
		return setCount(&s.Attempts, value)
	case "reading":
		return setCount(&s.Reading, value)
	case "order":
		if value != orderReversed {
			return fmt.Errorf("it can only be %q; without the setting, evidence is shown in the order of events", orderReversed)
		}
		s.Reversed = true
		return nil
	case "effort":
		if value == "" {
			return errors.New("it is empty")
		}
		s.Parameters.Effort = value
		return nil
	}
	return errors.New("there is no such setting: there are temperature, top_p, max_tokens, effort, attempts, order and reading")
}

func setNumber(to **float64, value string, most float64) error {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !(n >= 0 && n <= most) {
		return fmt.Errorf("it must be a number from 0 to %g", most)
	}
	*to = &n
	return nil
}

func setCount(to *int, value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return errors.New("it must be a whole number of at least 1")
	}
	*to = n
	return nil
}
