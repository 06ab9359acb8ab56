package exchange

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"turncoat"
)

// blockedError says that a content filter of the provider's stepped in, in the
// form of an error. It is a reply of the service all the same.
type blockedError struct {
	Detail string // the provider's words
}

// Error returns the provider's words.
func (e *blockedError) Error() string { return "blocked by the provider's content filter: " + e.Detail }

// problem is what the body of an error says, whatever its form.
type problem struct {
	code    string
	kind    string
	message string
	flagged bool // OpenRouter's moderation names what it objects to
}

// newProblem reads the forms in which services tell of errors:
//
//	{"error": {"message": …, "type": …, "code": …}}   OpenAI, Anthropic, OpenRouter and most others
//	{"error": "…", "code": …}                         xAI, Ollama
//	{"message": …, "type": …, "code": …}              older vLLM
//	{"detail": …}                                     servers made with FastAPI
//
// Anything else is shown as it is.
func newProblem(body []byte) problem {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return problem{message: string(body)}
	}
	if nested := fields["error"]; nested != nil {
		var inner map[string]json.RawMessage
		if json.Unmarshal(nested, &inner) == nil && inner != nil {
			return problemOf(inner)
		}
		fields["message"] = nested
	}
	return problemOf(fields)
}

func problemOf(fields map[string]json.RawMessage) problem {
	var metadata struct {
		Reasons      []json.RawMessage `json:"reasons"`
		FlaggedInput string            `json:"flagged_input"`
	}
	_ = json.Unmarshal(fields["metadata"], &metadata) // absent but from OpenRouter
	message := text(fields["message"])
	if message == "" {
		message = text(fields["detail"])
	}
	return problem{
		code:    text(fields["code"]),
		kind:    text(fields["type"]),
		message: message,
		flagged: len(metadata.Reasons) > 0 || metadata.FlaggedInput != "",
	}
}

// text returns a JSON string's text, nothing for null, and other JSON as it is.
func text(raw json.RawMessage) string {
	var s *string
	if json.Unmarshal(raw, &s) == nil {
		if s == nil {
			return ""
		}
		return *s
	}
	return string(raw)
}

// failure returns the error for an answer with a status of 400 and above.
func (p problem) failure(status int, retryAfter time.Duration, key string) error {
	if p.blocked() {
		return &blockedError{Detail: quiet(key, "%s", p.words()).Error()}
	}
	return &turncoat.ModelError{
		Kind: p.errorKind(status), Status: status, RetryAfter: retryAfter,
		Err: quiet(key, "%s", p.words()),
	}
}

// words returns what the service said, for people.
func (p problem) words() string {
	label := p.code
	if label == "" || strings.Trim(label, "0123456789") == "" { // a number would only repeat the status
		label = p.kind
	}
	switch {
	case label == "" && strings.TrimSpace(p.message) == "":
		return "the service gave no reason"
	case label == "":
		return p.message
	}
	return label + ": " + p.message
}

// errorKind says what a status means, with the exceptions that vendors make.
func (p problem) errorKind(status int) turncoat.ErrorKind {
	if p.outOfCredit(status) {
		return turncoat.ErrorQuota
	}
	switch status {
	case http.StatusTooManyRequests:
		return turncoat.ErrorRateLimit
	case http.StatusServiceUnavailable, statusOverloaded:
		return turncoat.ErrorOverloaded
	case http.StatusUnauthorized, http.StatusForbidden:
		return turncoat.ErrorAuth
	case http.StatusRequestTimeout: // the request did not reach the service in time
		return turncoat.ErrorNetwork
	case http.StatusConflict, http.StatusTooEarly: // both vendors' SDKs try again
		return turncoat.ErrorServer
	}
	if status >= http.StatusInternalServerError {
		return turncoat.ErrorServer
	}
	return turncoat.ErrorRequest
}

// statusOverloaded is Anthropic's status for a service that is overloaded.
const statusOverloaded = 529

// outOfCredit reports whether the account has nothing left to pay with. OpenAI
// says so with 429, Anthropic with 400, OpenRouter and DeepSeek with 402.
func (p problem) outOfCredit(status int) bool {
	if status == http.StatusPaymentRequired {
		return true
	}
	for _, label := range []string{p.code, p.kind} {
		switch label {
		case "insufficient_quota", "billing_error", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance":
			return true
		}
	}
	return status < http.StatusInternalServerError && mentions(p.message,
		"credit balance is too low", "exceeded your current quota", "used all available credits", "insufficient balance")
}

// blocked reports whether the error is a content filter's doing: by a code, or
// by the words of a service that has none for it.
func (p problem) blocked() bool {
	if p.flagged {
		return true
	}
	if slices.ContainsFunc([]string{p.code, p.kind}, filterCode) {
		return true
	}
	return mentions(p.message,
		"blocked by content filtering policy",               // Anthropic
		"flagged as potentially violating our usage policy", // OpenAI, reasoning models
		"content exists risk",                               // DeepSeek
		"content violates usage guidelines",                 // xAI
	)
}

// filterCode reports whether an error's code is that of a content filter. The
// codes are those of OpenAI's APIs (its SDK lists those of Responses as
// ResponseErrorCode) and of Azure's version of them.
func filterCode(code string) bool {
	switch code {
	case "content_filter", "content_policy_violation", "image_content_policy_violation",
		"bio_policy", "cyber_policy", "misalignment_policy_violation":
		return true
	}
	return false
}

func mentions(text string, phrases ...string) bool {
	text = strings.ToLower(text)
	for _, phrase := range phrases {
		if strings.Contains(text, phrase) {
			return true
		}
	}
	return false
}

// problemIn returns the error that a body tells of although its status was 200,
// or nil if it tells of none. OpenRouter answers so when the service behind it
// fails; the code is then an HTTP status.
func problemIn(body []byte, key string) error {
	var fields struct {
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(body, &fields); err != nil || len(fields.Error) == 0 || string(fields.Error) == "null" {
		return nil //nolint:nilerr // what is no JSON tells of no error; whoever decodes the body says so
	}
	p := newProblem(body)
	status, _ := strconv.Atoi(p.code) // 0 for a word
	if status < http.StatusBadRequest || status > 599 {
		status = http.StatusInternalServerError
	}
	return p.failure(status, 0, key)
}
