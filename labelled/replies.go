package labelled

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"turncoat"
)

// stops are why a reply may have ended.
var stops = []turncoat.StopReason{turncoat.StopEnd, turncoat.StopLength, turncoat.StopRefusal, turncoat.StopFilter}

// replies returns the case's turns as the replies of a model.
func (c *caseReader) replies() []turncoat.Reply {
	e := c.entry
	if c.leftOut("reply") || c.leftOut("turns") {
		return nil
	}
	if (e.Reply == nil) == (e.Turns == nil) {
		c.problem("a transcript has either a reply or turns: a reply in the interface prompt, turns where there are tools")
		return nil
	}
	if e.Reply != nil {
		return []turncoat.Reply{c.reply(turn{Reasoning: e.Reasoning, Says: *e.Reply, Stop: e.Stop}, []any{}, "reply")}
	}
	var replies []turncoat.Reply
	for i, t := range e.Turns {
		replies = append(replies, c.reply(t, []any{"turns", i}, "says"))
	}
	return replies
}

// reply returns a turn as a model's reply. At is where it stands in the case, and
// words the key of its text.
func (c *caseReader) reply(t turn, at []any, words string) turncoat.Reply {
	under := func(more ...any) []any { return append(slices.Clone(at), more...) }
	reply := turncoat.Reply{Model: string(model), Stop: turncoat.StopReason(t.Stop)}
	reply.Message.Role = turncoat.RoleAssistant
	if t.Stop != "" && !slices.Contains(stops, reply.Stop) {
		c.problem(fmt.Sprintf("stop: %q must be one of %s", t.Stop, list(stops)), under("stop")...)
	}
	if text := strings.TrimSpace(c.render(t.Reasoning, under("reasoning")...)); text != "" {
		reply.Message.Parts = append(reply.Message.Parts, turncoat.Part{Reasoning: &turncoat.Reasoning{Text: text}})
	}
	if text := strings.TrimRight(c.render(t.Says, under(words)...), "\n"); text != "" {
		reply.Message.Parts = append(reply.Message.Parts, turncoat.Part{Text: text})
	}
	for i, asked := range t.Calls {
		if call, ok := c.call(asked, i, under("calls", i)); ok {
			reply.Message.Parts = append(reply.Message.Parts, turncoat.Part{Call: call})
		}
	}
	if reply.Stop == "" {
		reply.Stop = turncoat.StopEnd
		if len(t.Calls) > 0 {
			reply.Stop = turncoat.StopTools
		}
	}
	return reply
}

func list(stops []turncoat.StopReason) string {
	var names []string
	for _, s := range stops {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// call returns a tool call.
func (c *caseReader) call(asked map[string]map[string]any, number int, at []any) (*turncoat.ToolCall, bool) {
	if len(asked) != 1 {
		c.problem("a call has one key, the name of its tool, with the arguments below it", at...)
		return nil, false
	}
	for tool, arguments := range asked {
		rendered := map[string]any{}
		for name, value := range arguments {
			rendered[name] = c.renderIn(value, append(slices.Clone(at), tool, name))
		}
		text, err := json.Marshal(rendered)
		if err != nil {
			c.problem(err.Error(), at...)
			return nil, false
		}
		return &turncoat.ToolCall{ID: "call-" + strconv.Itoa(number+1), Name: tool, Arguments: text}, true
	}
	return nil, false
}

// renderIn renders every text in an argument of a call.
func (c *caseReader) renderIn(value any, at []any) any {
	switch v := value.(type) {
	case string:
		return c.render(v, at...)
	case []any:
		rendered := []any{}
		for i, item := range v {
			rendered = append(rendered, c.renderIn(item, append(slices.Clone(at), i)))
		}
		return rendered
	}
	return value
}
