package human_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"turncoat"
	"turncoat/bridge/bridgetest"
	"turncoat/provider/human"
	"turncoat/report"
	"turncoat/world/toolbox"
)

func newPerson(in string) (*human.Person, *bytes.Buffer) {
	var out bytes.Buffer
	at := time.Unix(0, 0)
	return human.New(human.Config{
		Name: "human/anna", In: strings.NewReader(in), Out: &out, Visible: report.Visible, Left: func() {},
		Now: func() time.Time { at = at.Add(time.Second); return at },
	}), &out
}

func request(results ...string) *turncoat.Request {
	r := &turncoat.Request{
		System: "You are the assistant.", Tools: toolbox.Tools(bridgetest.World()),
		Messages: []turncoat.Message{turncoat.TextMessage(turncoat.RoleUser, "Deal with the mail.")},
	}
	for _, text := range results {
		r.Messages = append(r.Messages, turncoat.Message{Role: turncoat.RoleUser, Parts: []turncoat.Part{{Result: &turncoat.ToolResult{Text: text}}}})
	}
	return r
}

// Each command makes a call, and every call is one that the tool can take.
func TestCommands(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"list":            `list_mail {}`,
		"list sent":       `list_mail {"folder":"sent"}`,
		"search car park": `search_mail {"query":"car park"}`,
		"read 2":          `read_mail {"message":"2"}`,
		"read 2 6000":     `read_mail {"message":"2","offset":6000}`,
		"send a@x.example, Marta\nHi\n\nOne\n\nTwo\n.": `send_mail {"body":"One\n\nTwo","subject":"Hi","to":["a@x.example","Marta"]}`,
		"send a@x.example\nHi\nminutes.txt\nOne\n.":    `send_mail {"attachments":["minutes.txt"],"body":"One","subject":"Hi","to":["a@x.example"]}`,
		"reply 1 all\n\nYes\n.":                        `reply_to_mail {"body":"Yes","message":"1","reply_all":true}`,
		"forward 1, 2 to a@x.example\n.":               `forward_mail {"messages":["1","2"],"to":["a@x.example"]}`,
		"forward 1 to a@x.example\nSee.\n.":            `forward_mail {"body":"See.","messages":["1"],"to":["a@x.example"]}`,
		"draft\nHi\n\nOne\n.":                          `draft_mail {"body":"One","subject":"Hi","to":[]}`,
		"send-draft draft-1":                           `send_draft {"draft":"draft-1"}`,
		"archive 1, 3":                                 `archive_mail {"messages":["1","3"]}`,
		"docs":                                         `list_documents {}`,
		"docs north quay":                              `search_documents {"query":"north quay"}`,
		"doc minutes.txt":                              `read_document {"document":"minutes.txt"}`,
		"people":                                       `look_up_people {}`,
		"people marta":                                 `look_up_people {"query":"marta"}`,
		"wait":                                         `wait_for_mail {"minutes":60}`,
		"wait 5":                                       `wait_for_mail {"minutes":5}`,
		"finish\nI did it.\n.":                         `finish {"summary":"I did it."}`,
	} {
		t.Run(typed, func(t *testing.T) {
			t.Parallel()
			p, out := newPerson(typed + "\n")
			reply, err := p.Generate(t.Context(), request())
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			call := reply.Message.Calls()[0]
			if got := call.Name + " " + string(call.Arguments); got != want {
				t.Errorf("the call is\n%s\nwant\n%s", got, want)
			}
			d := bridgetest.Desk(t, turncoat.TrialLimits{})
			if answer, err := d.Call(call.Name, call.Arguments); err != nil || strings.Contains(answer.Text, "argument") {
				t.Errorf("the tool says %q (%v)", answer.Text, err)
			}
			if reply.Duration != time.Second || reply.Model != "human/anna" || reply.Stop != turncoat.StopTools {
				t.Errorf("the reply is %+v", reply)
			}
		})
	}
}

// What is no command is explained and asked for again; thoughts are kept with
// what is done next.
func TestAskingAgain(t *testing.T) {
	t.Parallel()
	p, out := newPerson("dance\nread\ncancel 123\n\nhelp\nnote He is hiding something.\nnote Or is he?\nread 1\n")
	reply, err := p.Generate(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	if got := reply.Message.Text(); got != "He is hiding something.\nOr is he?" {
		t.Errorf("the notes are %q", got)
	}
	for _, want := range []string{
		"You are the assistant.", "Deal with the mail.", `There is no command "dance"`, "read NUMBER [OFFSET]",
		`There is no command "cancel"`, "archive NUMBER",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not shown:\n%s", want, out)
		}
	}
}

// after returns a request with the calls and results of a session so far; a result
// that begins with "Error" is one.
func after(deeds ...[2]string) *turncoat.Request {
	r := request()
	for i, d := range deeds {
		id := fmt.Sprint("call_", i)
		r.Messages = append(r.Messages,
			turncoat.Message{Role: turncoat.RoleAssistant, Parts: []turncoat.Part{{Call: &turncoat.ToolCall{ID: id, Name: d[0], Arguments: []byte("{}")}}}},
			turncoat.Message{Role: turncoat.RoleUser, Parts: []turncoat.Part{{Result: &turncoat.ToolResult{CallID: id, Text: d[1], IsError: strings.HasPrefix(d[1], "Error")}}}})
	}
	return r
}

// A slip that would make the trial invalid for good is told before it is too late.
func TestFinishAfterASlip(t *testing.T) {
	t.Parallel()
	send, reply, read := [2]string{"send_mail", "Sent as message 3."}, [2]string{"reply_to_mail", "Sent as message 4."}, [2]string{"read_mail", "Message 1"}
	slip := [2]string{"send_mail", `Error: there is no document "minuts.txt"; list_documents shows the file names.`}
	for name, c := range map[string]struct {
		deeds [][2]string
		warns bool
	}{
		"nothing done":            {nil, false},
		"no slip":                 {[][2]string{send, read}, false},
		"a slip":                  {[][2]string{slip}, true},
		"a slip, and looking":     {[][2]string{slip, read}, true},
		"a slip, and other mail":  {[][2]string{slip, reply}, true},
		"a slip that was mended":  {[][2]string{slip, slip, send}, false},
		"a slip after a mail":     {[][2]string{send, slip}, true},
		"what only looks, failed": {[][2]string{{"read_mail", "Error: there is no message 99."}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, out := newPerson("finish\nfinish\nDone.\n.\n")
			got, err := p.Generate(t.Context(), after(c.deeds...))
			if err != nil {
				t.Fatal(err)
			}
			const warning = "What you wanted to do with send could not be done"
			if strings.Count(out.String(), warning) == 1 != c.warns {
				t.Errorf("warned: %t, want %t:\n%s", !c.warns, c.warns, out)
			}
			want := `{"summary":"finish\nDone."}` // without a warning the second finish is its first line
			if c.warns {
				want = `{"summary":"Done."}`
			}
			if call := got.Message.Calls()[0]; call.Name != "finish" || string(call.Arguments) != want {
				t.Errorf("the call is %s %s, want finish %s", call.Name, call.Arguments, want)
			}
		})
	}
}

// Errors, and whoever types the name of a tool, are told the commands.
func TestNamesOfTools(t *testing.T) {
	t.Parallel()
	p, out := newPerson("list_mail\nsearch_documents x\nlist\n")
	if _, err := p.Generate(t.Context(), after([2]string{"send_mail", "Error: there is no document x; list_documents shows the file names, look_up_people finds addresses."})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"docs shows the file names, people finds addresses.", `There is no command "list_mail"; here it is list; help`, `There is no command "search_documents"; here it is docs; help`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not shown:\n%s", want, out)
		}
	}
}

// Who comes back is told so, because the first message is of the beginning.
func TestComingBack(t *testing.T) {
	t.Parallel()
	p, out := newPerson("list\n")
	if _, err := p.Generate(t.Context(), after([2]string{"list_mail", "Inbox"}, [2]string{"read_mail", "Message 1"})); err != nil {
		t.Fatal(err)
	}
	if want := "you have given 2 commands since, the last of them read."; !strings.Contains(out.String(), want) {
		t.Errorf("%q is not shown:\n%s", want, out)
	}
	p, out = newPerson("list\n")
	if _, err := p.Generate(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "before") {
		t.Errorf("who is new is told\n%s", out)
	}
}

// Control characters of a message are shown, and not obeyed.
func TestHostileMail(t *testing.T) {
	t.Parallel()
	p, out := newPerson("list\n")
	if _, err := p.Generate(t.Context(), request("Message 1\n\n\x1b[2Jgone\u202e")); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e") || !strings.Contains(out.String(), `\x1b[2Jgone\u202e`) {
		t.Errorf("shown is %q", out)
	}
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"", "leave\n", "send a@x.example\nHi\n", "finish\nhalf a summ"} {
		p, _ := newPerson(typed)
		if _, err := p.Generate(t.Context(), request()); !errors.Is(err, human.ErrLeft) {
			t.Errorf("after %q the error is %v, want ErrLeft", typed, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := human.New(human.Config{Name: "human/anna", In: neverRead{}, Out: &bytes.Buffer{}, Visible: report.Visible, Left: func() {}})
	if _, err := p.Generate(ctx, request()); !errors.Is(err, context.Canceled) {
		t.Errorf("after Ctrl-C the error is %v, want that of the context", err)
	}
}

// neverRead is a terminal at which nobody types.
type neverRead struct{}

func (neverRead) Read([]byte) (int, error) { select {} }
