package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"turncoat"
)

// Check returns an error of the kind [turncoat.ErrorRequest] if no protocol
// could carry the request as it was meant.
func Check(req *turncoat.Request) error {
	if len(req.Messages) == 0 {
		return wrong("it has no messages")
	}
	for i, message := range req.Messages {
		if err := checkMessage(message); err != nil {
			return wrong("message %d: %w", i, err)
		}
	}
	for _, tool := range req.Tools {
		if !isObject(tool.Schema) {
			return wrong("the schema of the tool %q is no JSON object", tool.Name)
		}
	}
	if req.Schema != nil && !isObject(req.Schema) {
		return wrong("the schema of the answer is no JSON object")
	}
	return checkParameters(req.Parameters)
}

func checkMessage(m turncoat.Message) error {
	if m.Role != turncoat.RoleUser && m.Role != turncoat.RoleAssistant {
		return fmt.Errorf("its role is %q: it must be %s or %s", m.Role, turncoat.RoleUser, turncoat.RoleAssistant)
	}
	if len(m.Parts) == 0 {
		return errors.New("it is empty")
	}
	for i, part := range m.Parts {
		if err := checkPart(part, m.Role); err != nil {
			return fmt.Errorf("part %d: %w", i, err)
		}
	}
	return nil
}

func checkPart(p turncoat.Part, role turncoat.MessageRole) error {
	set := 0
	for _, isSet := range []bool{p.Text != "", p.Reasoning != nil, p.Call != nil, p.Result != nil, p.Image != nil} {
		if isSet {
			set++
		}
	}
	switch {
	case set != 1:
		return fmt.Errorf("exactly one field of a part must be set, and %d are", set)
	case role == turncoat.RoleUser && (p.Reasoning != nil || p.Call != nil):
		return errors.New("only an assistant reasons and calls tools")
	case role == turncoat.RoleAssistant && (p.Result != nil || p.Image != nil):
		return errors.New("only a user sends tool results and images")
	case p.Call != nil && !json.Valid(p.Call.Arguments):
		return fmt.Errorf("the arguments of the call of %q are no JSON", p.Call.Name)
	case p.Reasoning != nil && p.Reasoning.Opaque != nil && !json.Valid(p.Reasoning.Opaque):
		return errors.New("its opaque reasoning is no JSON")
	}
	return nil
}

func checkParameters(p turncoat.Parameters) error {
	if p.MaxTokens < 0 {
		return wrong("max_tokens is %d, which is negative", p.MaxTokens)
	}
	for name, value := range map[string]*float64{"temperature": p.Temperature, "top_p": p.TopP} {
		if value != nil && (math.IsNaN(*value) || math.IsInf(*value, 0)) {
			return wrong("%s is %g, which is no number that can be sent", name, *value)
		}
	}
	return nil
}

func isObject(text json.RawMessage) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(text, &object) == nil && object != nil
}

func wrong(format string, args ...any) error {
	return &turncoat.ModelError{Kind: turncoat.ErrorRequest, Err: fmt.Errorf("the request cannot be sent: "+format, args...)}
}
