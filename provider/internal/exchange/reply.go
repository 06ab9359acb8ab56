package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"turncoat"
)

// Reply returns what read makes of a whole answer, or the reply of a content
// filter that stepped in, or the error of [Answer.Failure]. The header is the
// one in which the service gives the ID of a request.
func (a Answer) Reply(ctx context.Context, key, header string, read func(Answer) (*turncoat.Reply, error)) (*turncoat.Reply, error) {
	err := a.Failure(ctx, key)
	if err == nil {
		err = problemIn(a.Body, key)
	}
	id := ""
	if a.Response != nil {
		id = Text(a.Response.Header.Get(header))
	}
	if e, ok := errors.AsType[*blockedError](err); ok {
		return blocked(e, id), nil
	}
	if err != nil {
		return nil, err
	}
	reply, err := read(a)
	if err != nil {
		return nil, err
	}
	reply.RequestID = id
	return reply, nil
}

// blocked returns the reply of a content filter that answered with an error.
// Such an answer names no model and counts no tokens.
func blocked(e *blockedError, requestID string) *turncoat.Reply {
	return &turncoat.Reply{
		Message:    turncoat.Message{Role: turncoat.RoleAssistant},
		Stop:       turncoat.StopFilter,
		StopDetail: e.Detail,
		RequestID:  requestID,
	}
}

// Text returns a model's text as valid UTF-8, so that it is the same before and
// after it is stored.
func Text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Arguments returns a tool call's arguments, which OpenAI's APIs give as text
// that a model wrote. Text that is no JSON becomes a JSON string, so that
// nothing of it is lost.
func Arguments(text string) json.RawMessage {
	if strings.TrimSpace(text) == "" {
		return json.RawMessage("{}")
	}
	if json.Valid([]byte(text)) {
		return json.RawMessage(Text(text))
	}
	quoted, err := json.Marshal(Text(text))
	if err != nil {
		panic("exchange: a string cannot fail to encode: " + err.Error())
	}
	return quoted
}

// ArgumentsText returns what [Arguments] was given.
func ArgumentsText(arguments json.RawMessage) string {
	var s string
	if json.Unmarshal(arguments, &s) == nil {
		return s
	}
	return string(arguments)
}
