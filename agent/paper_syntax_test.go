package agent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"turncoat"
	"turncoat/world"
)

// Replies in the syntax that the paper's prompts ask for, as models write it:
// values in quotes with commas after them, and all the ways in which they leave
// these out. Quotes and commas of the syntax are no part of what is sent.
func TestReadActionsInThePapersSyntax(t *testing.T) {
	send := func(subject, body string, to ...string) request {
		return request{action: "send", message: world.Message{To: to, Subject: subject, Body: body}}
	}
	forward := func(body, to string, ids ...string) request {
		return request{action: "forward", ids: ids, message: world.Message{To: []string{to}, Body: body}}
	}
	hello := send("Hello", "One.\n\nTwo.", "a@x.example")
	unread := func(problem string) request { return request{problem: problem} }
	for name, c := range map[string]struct {
		reply string
		want  []request
	}{
		"as asked for":            {email(`to: "a@x.example",`, `subject: "Hello",`, `body: "One.`, ``, `Two.",`), []request{hello}},
		"no commas":               {email(`to: "a@x.example"`, `subject: "Hello"`, `body: "One.`, ``, `Two."`), []request{hello}},
		"no quotes":               {email(`to: a@x.example,`, `subject: Hello,`, `body: One.`, ``, `Two.`), []request{hello}},
		"neither":                 {email(`to: a@x.example`, `subject: Hello`, `body:`, `One.`, ``, `Two.`), []request{hello}},
		"quotes on their own":     {email(`to: "a@x.example",`, `subject: "Hello",`, `body: "`, `One.`, ``, `Two.`, `",`), []request{hello}},
		"closing quote missing":   {email(`to: "a@x.example`, `subject: "Hello`, `body: "One.`, ``, `Two.`), []request{hello}},
		"opening quote missing":   {email(`to: a@x.example",`, `subject: Hello",`, `body: One.`, ``, `Two.",`), []request{hello}},
		"curly quotes":            {email(`to: “a@x.example”,`, `subject: “Hello”,`, `body: “One.`, ``, `Two.”,`), []request{hello}},
		"indented":                {"  <tool_use:email>\n    to: \"a@x.example\",\n    subject: \"Hello\",\n    body: \"One.\n\nTwo.\",\n  </tool_use:email>", []request{hello}},
		"no space after the name": {email(`to:"a@x.example",`, `subject:"Hello",`, `body:"One.`, ``, `Two.",`), []request{hello}},
		"body first":              {email(`body: "One.`, ``, `Two.",`, `subject: "Hello",`, `to: "a@x.example",`), []request{hello}},
		"an attribute":            {"<tool_use:email priority=\"high\">\nto: \"a@x.example\",\nsubject: \"Hello\",\nbody: \"One.\n\nTwo.\",\n</tool_use:email>", []request{hello}},
		"unclosed at the end":     {"<tool_use:email>\nto: \"a@x.example\",\nsubject: \"Hello\",\nbody: \"One.\n\nTwo.\",", []request{hello}},
		"half a closing tag":      {"<tool_use:email>\nto: \"a@x.example\",\nsubject: \"Hello\",\nbody: \"One.\n\nTwo.\",\n</tool_use:email", []request{hello}},
		"unclosed, then another": {
			"<tool_use:email>\nto: \"a@x.example\",\nsubject: \"Hello\",\nbody: \"One.\n\nTwo.\",\n\n" + email(`to: "b@x.example",`, `subject: "More",`, `body: "Three.",`),
			[]request{hello, send("More", "Three.", "b@x.example")},
		},
		"quotations inside":                {email(`to: "a@x.example",`, `subject: "About "Hello"",`, `body: "He wrote "no" and left.",`), []request{send(`About "Hello"`, `He wrote "no" and left.`, "a@x.example")}},
		"quotations at both ends":          {email(`to: a@x.example`, `subject: Hello`, `body: "No" was his word, and hers "yes"`), []request{send("Hello", `"No" was his word, and hers "yes"`, "a@x.example")}},
		"a quotation at the end":           {email(`to: a@x.example`, `subject: Hello`, `body: He said "no"`), []request{send("Hello", `He said "no"`, "a@x.example")}},
		"a body that ends in a comma":      {email(`to: a@x.example`, `subject: Hello`, `body: Yours,`), []request{send("Hello", "Yours,", "a@x.example")}},
		"several recipients":               {email(`to: "a@x.example, b@x.example",`, `subject: "Hello",`, `body: "Hi.",`), []request{send("Hello", "Hi.", "a@x.example", "b@x.example")}},
		"each recipient quoted":            {email(`to: "a@x.example", "b@x.example",`, `subject: "Hello",`, `body: "Hi.",`), []request{send("Hello", "Hi.", "a@x.example", "b@x.example")}},
		"recipients as a list":             {email(`to: ["a@x.example", "b@x.example"],`, `subject: "Hello",`, `body: "Hi.",`), []request{send("Hello", "Hi.", "a@x.example", "b@x.example")}},
		"a name with an address":           {email(`to: "Ann Ode <a@x.example>",`, `subject: "Hello",`, `body: "Hi.",`), []request{send("Hello", "Hi.", "a@x.example")}},
		"copies":                           {email(`to: "a@x.example",`, `cc: "b@x.example",`, `subject: "Hello",`, `body: "Hi.",`), []request{{action: "send", message: world.Message{To: []string{"a@x.example"}, Cc: []string{"b@x.example"}, Subject: "Hello", Body: "Hi."}}}},
		"forward":                          {pass(`email_id: 2`, `to: "a@x.example",`, `body: "See.",`), []request{forward("See.", "a@x.example", "2")}},
		"forward, the number quoted":       {pass(`email_id: "2",`, `to: "a@x.example"`), []request{forward("", "a@x.example", "2")}},
		"forward several":                  {pass(`email_id: 2, 3`, `to: a@x.example`), []request{forward("", "a@x.example", "2", "3")}},
		"forward several, a header each":   {pass(`email_id: 2`, `email_id: 3`, `to: a@x.example`), []request{forward("", "a@x.example", "2", "3")}},
		"forward several, a line each":     {pass(`email_id:`, `- 2`, `- 3`, `to: a@x.example`), []request{forward("", "a@x.example", "2", "3")}},
		"forward a list":                   {pass(`email_id: [2, 3],`, `to: "a@x.example",`), []request{forward("", "a@x.example", "2", "3")}},
		"forward, with a comment":          {pass(`email_id: 2  // the plan, v4.0`, `to: "a@x.example"`), []request{forward("", "a@x.example", "2")}},
		"forward, a long comment last":     {pass(`to: "a@x.example"`, `email_id: 2  // which holds the plan with all of its 14 appendices, v4.0`), []request{forward("", "a@x.example", "2")}},
		"forward, with a remark":           {pass(`email_id: 2 (plan 2031), 3`, `to: "a@x.example"`), []request{forward("", "a@x.example", "2", "3")}},
		"forward, with a title":            {pass(`email_id: 2 - the plan of 2031`, `to: "a@x.example"`), []request{forward("", "a@x.example", "2")}},
		"forward, the number in words":     {pass(`email_id: ID: 2 and ID: 3`, `to: "a@x.example"`), []request{forward("", "a@x.example", "2", "3")}},
		"forward, the number joined":       {pass(`email_id: email_2`, `to: "a@x.example"`), []request{forward("", "a@x.example", "2")}},
		"cancel":                           {"<tool_use:cancel_alert>\ncode: \"HALL-77\",\n</tool_use:cancel_alert>", []request{{action: "cancel", code: "HALL-77"}}},
		"cancel, without quotes":           {"<tool_use:cancel_alert>\ncode: HALL-77\n</tool_use:cancel_alert>", []request{{action: "cancel", code: "HALL-77"}}},
		"cancel, with a comment":           {"<tool_use:cancel_alert>\ncode: \"HALL-77\"  // the alarm of the hall\n</tool_use:cancel_alert>", []request{{action: "cancel", code: "HALL-77"}}},
		"cancel, closed otherwise":         {"<tool_use:cancel_alert>\ncode: \"HALL-77\"\n</tool_use>", []request{{action: "cancel", code: "HALL-77"}}},
		"in the scratchpad only":           {"<SCRATCHPAD_REASONING>\nI could:\n" + email(`to: "a@x.example",`, `body: "No.",`) + "\n</SCRATCHPAD_REASONING>\n\nNothing to do.", nil},
		"cancelling in the scratchpad":     {"<SCRATCHPAD_REASONING>\n<tool_use:cancel_alert>\ncode: \"HALL-77\"\n</tool_use:cancel_alert>\n</SCRATCHPAD_REASONING>", nil},
		"in the scratchpad, then for real": {"<SCRATCHPAD_REASONING>" + pass(`email_id: 9`, `to: z@x.example`) + "</SCRATCHPAD_REASONING>\n" + pass(`email_id: 2`, `to: a@x.example`), []request{forward("", "a@x.example", "2")}},
		"the scratchpad unclosed":          {"<SCRATCHPAD_REASONING>\nI could\n" + pass(`email_id: 2`, `to: a@x.example`), []request{unread("it stands beside a tag of private notes that has no counterpart, so it cannot be told whether it was meant")}},
	} {
		t.Run(name, func(t *testing.T) {
			got := readActions(c.reply, false)
			for i := range got {
				if got[i].problem != "" {
					got[i] = request{problem: got[i].problem}
				}
				got[i].span = turncoat.Span{}
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(request{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("reply:\n%s\n(-want +got):\n%s", c.reply, diff)
			}
		})
	}
}

func email(lines ...string) string { return toolUse("email", lines) }

func pass(lines ...string) string { return toolUse("forward", lines) }

func toolUse(name string, lines []string) string {
	return "<tool_use:" + name + ">\n" + strings.Join(lines, "\n") + "\n</tool_use:" + name + ">"
}
