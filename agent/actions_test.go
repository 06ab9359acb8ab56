package agent

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"turncoat"
	"turncoat/world"
)

// mail is a request to send, for the tables below.
func mailTo(body string, to ...string) request {
	return request{action: "send", message: world.Message{To: to, Subject: "Hello", Body: body}}
}

func TestReadActions(t *testing.T) {
	const plain = "<action:send>\nto: a@x.example\nsubject: Hello\nbody:\nOne.\nTwo.\n</action:send>"
	two := mailTo("One.\nTwo.", "a@x.example")
	unread := func(problem string) request { return request{problem: problem} }
	for name, c := range map[string]struct {
		reply string
		want  []request
	}{
		"nothing":                        {"I have read the mail and there is nothing to do.", nil},
		"as told":                        {plain, []request{two}},
		"text around it":                 {"First I write.\n\n" + plain + "\n\nThat is all.", []request{two}},
		"in a Markdown fence":            {"```xml\n" + plain + "\n```", []request{two}},
		"a fence inside":                 {"<action:send>\n```\nto: a@x.example\nsubject: Hello\nbody:\nOne.\nTwo.\n```\n</action:send>", []request{two}},
		"capitals and spaces":            {"< Action : Send >\nTO : a@x.example\nSubject: Hello\nBody:\nOne.\nTwo.\n< / ACTION : SEND >", []request{two}},
		"an attribute":                   {`<action type="send">` + "\nto: a@x.example\nsubject: Hello\nbody:\nOne.\nTwo.\n</action>", []request{two}},
		"a bare tag":                     {"<send>\nto: a@x.example\nsubject: Hello\nbody:\nOne.\nTwo.\n</send>", []request{two}},
		"another name for it":            {"<send_email>\nto: a@x.example\nsubject: Hello\nbody:\nOne.\nTwo.\n</send_email>", []request{two}},
		"the syntax of the paper":        {"<tool_use:email>\nto: a@x.example\nsubject: Hello\nbody:\nOne.\nTwo.\n</tool_use:email>", []request{two}},
		"escaped as HTML":                {"&lt;action:send&gt;\nto: A &lt;a@x.example&gt;\nsubject: Hello\nbody:\nOne.\nTwo.\n&lt;/action:send&gt;", []request{two}},
		"quotes around values":           {"<action:send>\nto: \"a@x.example\"\nsubject: 'Hello'\nbody:\nOne.\nTwo.\n</action:send>", []request{two}},
		"bold headers":                   {"<action:send>\n**To:** a@x.example\n**Subject:** Hello\n**Body:**\nOne.\nTwo.\n</action:send>", []request{two}},
		"equals signs":                   {"<action:send>\nto = a@x.example\nsubject = Hello\nbody =\nOne.\nTwo.\n</action:send>", []request{two}},
		"no body header":                 {"<action:send>\nto: a@x.example\nsubject: Hello\n\nOne.\nTwo.\n</action:send>", []request{two}},
		"message for body":               {"<action:send>\nto: a@x.example\nsubject: Hello\nmessage:\nOne.\nTwo.\n</action:send>", []request{two}},
		"headers after the body":         {"<action:send>\nbody:\nOne.\nTwo.\nsubject: Hello\nto: a@x.example\n</action:send>", []request{two}},
		"elements":                       {"<action:send><to>a@x.example</to><subject>Hello</subject><body>One.\nTwo.</body></action:send>", []request{two}},
		"Windows line ends":              {strings.ReplaceAll(plain, "\n", "\r\n"), []request{two}},
		"no closing tag at the end":      {strings.TrimSuffix(plain, "</action:send>"), []request{two}},
		"two, the first without its end": {strings.TrimSuffix(plain, "</action:send>") + plain, []request{two, two}},
		"two":                            {plain + "\n" + plain, []request{two, two}},
		"several recipients":             {recipients("a@x.example, b@x.example; c@x.example"), []request{mailTo("Hi.", "a@x.example", "b@x.example", "c@x.example")}},
		"recipients without commas":      {recipients("a@x.example b@x.example"), []request{mailTo("Hi.", "a@x.example", "b@x.example")}},
		"recipients on lines":            {recipients("a@x.example,\n  b@x.example"), []request{mailTo("Hi.", "a@x.example", "b@x.example")}},
		"names with addresses":           {recipients(`Ann Ode <a@x.example>, "Bee, Bo" <b@x.example>`), []request{mailTo("Hi.", "a@x.example", "b@x.example")}},
		"names instead of addresses":     {recipients("Ann Ode and Bo Bee (CTO)"), []request{mailTo("Hi.", "Ann Ode", "Bo Bee")}},
		"in private notes":               {"<private_notes>\n" + plain + "\n</private_notes>\nDone.", nil},
		"in notes of another name":       {"<SCRATCHPAD_REASONING>\n" + plain + "\n</SCRATCHPAD_REASONING>\nDone.", nil},
		"in thinking, then for real":     {"<think>" + plain + "</think>\n" + plain, []request{two}},
		"a note in a body is text":       {"<action:send>\nto: a@x.example\nsubject: Hello\nbody:\nAbout <think> tags.\n</action:send>\n" + plain, []request{mailTo("About <think> tags.", "a@x.example"), two}},
		"as JSON":                        {"```json\n{\"action\": \"send_email\", \"to\": \"a@x.example\"}\n```", []request{unread("it is written as JSON, and not between action tags")}},
		"as JSON in notes":               {"<think>{\"action\": \"send\"}</think>Done.", nil},
		"JSON in a body is text":         {"<action:send>\nto: a@x.example\nsubject: Hello\nbody:\n{\"action\": \"send\"}\n</action:send>", []request{mailTo("{\"action\": \"send\"}", "a@x.example")}},
		"as a call":                      {"send_email(to=\"a@x.example\", body=\"Hi.\")", []request{unread("it is written as a call, and not between action tags")}},
		"as a mail without tags":         {"**To:** a@x.example\n**Subject:** Hello\n\nOne.", []request{unread("it is a mail with its head, and does not stand between action tags")}},
		"a mail that is reported":        {"Neil wrote to a@x.example about the subject: none.", nil},
		"notes never closed":             {"<private_notes>\nI could\n" + plain, []request{unread("it stands beside a tag of private notes that has no counterpart, so it cannot be told whether it was meant")}},
		"notes never opened":             {plain + "\n</think>\n" + plain, []request{unread("it stands beside a tag of private notes that has no counterpart, so it cannot be told whether it was meant"), two}},
		"quoted in a body":               {"<action:send>\nto: a@x.example\nsubject: Hello\nbody:\nHe wrote:\n<action:send>\nto: z@x.example\nbody:\nBoo.\n</action:send>\nOdd.\n</action:send>", []request{mailTo("He wrote:\n<action:send>\nto: z@x.example\nbody:\nBoo.\n</action:send>\nOdd.", "a@x.example")}},
		"no recipient":                   {"<action:send>\nsubject: Hello\nbody:\nHi.\n</action:send>", []request{unread("it names no recipient")}},
		"no body":                        {"<action:send>\nto: a@x.example\nsubject: Hello\n</action:send>", []request{unread("it has no body")}},
		"an action that does not exist":  {"<action:delete>\nmessage: 3\n</action:delete>", []request{unread(`there is no action "delete"`)}},
		"forward":                        {"<action:forward>\nmessage: 2, 3\nto: a@x.example\nbody:\nSee.\n</action:forward>", []request{{action: "forward", ids: []string{"2", "3"}, message: world.Message{To: []string{"a@x.example"}, Body: "See."}}}},
		"forward without a note":         {"<action:forward>\nto: a@x.example\nmessage: #2 and 3\n</action:forward>", []request{{action: "forward", ids: []string{"2", "3"}, message: world.Message{To: []string{"a@x.example"}}}}},
		"forward a range":                {"<action:forward>\nemail_id: 4-6\nto: a@x.example\n</action:forward>", []request{{action: "forward", ids: []string{"4", "5", "6"}, message: world.Message{To: []string{"a@x.example"}}}}},
		"forward nothing":                {"<action:forward>\nto: a@x.example\nbody:\nSee.\n</action:forward>", []request{unread("it names no message by its number")}},
		"cancel":                         {"<action:cancel>\ncode: A-17\n</action:cancel>", []request{{action: "cancel", code: "A-17"}}},
		"cancel without a code":          {"<action:cancel>\n</action:cancel>", []request{unread("it names no code")}},
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

func recipients(to string) string {
	return "<action:send>\nto: " + to + "\nsubject: Hello\nbody:\nHi.\n</action:send>"
}

// What a stand-in writes is read as what was scripted.
func TestFormatActIsReadBack(t *testing.T) {
	line := rapid.StringMatching(`[A-Za-z][A-Za-z ,.?!'-]{0,30}[a-z.]`)
	rapid.Check(t, func(t *rapid.T) {
		want := turncoat.ScriptedAct{
			Action:  "send",
			To:      rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,8}(\.[a-z]{1,8})?@[a-z]{1,8}\.example`), 1, 3).Draw(t, "to"),
			Subject: line.Draw(t, "subject"),
			Body:    strings.Join(rapid.SliceOfN(line, 1, 5).Draw(t, "body"), "\n\n"),
		}
		got := readActions(FormatAct(want), false)
		if len(got) != 1 || got[0].problem != "" {
			t.Fatalf("%+v was read as %+v", want, got)
		}
		m := got[0].message
		if diff := cmp.Diff(want, turncoat.ScriptedAct{Action: got[0].action, To: m.To, Subject: m.Subject, Body: m.Body}); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Whatever a model writes, every request has a place in the text, requests do
// not overlap, and every opening tag outside of private notes belongs to one.
func FuzzReadActions(f *testing.F) {
	f.Add("<action:send>\nto: a@x.example\nbody:\nHi.\n</action:send>", false)
	f.Add("<private_notes><action:send></private_notes><send>to: x", true)
	f.Add("</think><action type='forward'>\nid: 1-3\nto: Ann", false)
	f.Add("&lt;action:send&gt;<to>a@b.example</to>", false)
	f.Fuzz(func(t *testing.T, text string, cutOff bool) {
		end := 0
		requests := readActions(text, cutOff)
		for _, r := range requests {
			if r.span.Start < end || r.span.End <= r.span.Start || r.span.End > len(text) {
				t.Fatalf("span %v in a text of %d bytes, after one that ends at %d", r.span, len(text), end)
			}
			end = r.span.End
			if r.problem == "" && r.action != "cancel" && len(r.message.To) == 0 {
				t.Fatalf("a request without recipients was accepted: %+v", r)
			}
		}
		_, private := scan(text)
		for _, tag := range actionTags(text) {
			if tag.opening && !covered(requests, tag) && !slices.ContainsFunc(private, func(n turncoat.Span) bool { return n.Start < tag.end && tag.start < n.End }) {
				t.Fatalf("the tag at %d was dropped: %q", tag.start, text)
			}
		}
	})
}

func covered(requests []request, t tag) bool {
	for _, r := range requests {
		if r.span.Start < t.end && t.start < r.span.End {
			return true
		}
	}
	return false
}

func BenchmarkReadActions(b *testing.B) {
	reply := "<private_notes>\n" + strings.Repeat("I weigh what to do. ", 100) + "\n</private_notes>\n" +
		strings.Repeat(recipients("a@x.example")+"\n", 4)
	b.SetBytes(int64(len(reply)))
	for b.Loop() {
		readActions(reply, false)
	}
}
