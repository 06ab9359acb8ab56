package human

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"turncoat"
)

// ErrLeft says that a person left the terminal: nothing broke, and they may come
// back.
var ErrLeft = errors.New("the person has left")

// Config says who plays, and where.
type Config struct {
	Name    string              // human/NAME
	In      io.Reader           // what the person types, in lines
	Out     io.Writer           // what they see
	Visible func(string) string // makes text harmless to a terminal
	Left    func()              // is called when they leave, before Generate returns ErrLeft; whoever runs the trial stops it here
	Now     func() time.Time    // our clock, for how long they took; nil: time.Now
}

// Person is a person as a model. They can do one thing at a time.
type Person struct {
	config Config
	lines  <-chan string // closed when there are no more
	begun  bool          // the person has been told who they are
	notes  []string      // of which no reply has been made yet

	documents bool // there are documents to attach
	warned    bool // that something which was meant is not done, since it was last tried
}

// New returns a person at a terminal.
func New(c Config) *Person {
	if c.Now == nil {
		c.Now = time.Now
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		in := bufio.NewScanner(c.In)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			lines <- strings.TrimRight(in.Text(), "\r")
		}
	}()
	return &Person{config: c, lines: lines}
}

// Name returns human/NAME.
func (p *Person) Name() string { return p.config.Name }

// Generate shows what is new and waits for a command. It returns ErrLeft if the
// person leaves, and ctx's error if it ends meanwhile.
func (p *Person) Generate(ctx context.Context, req *turncoat.Request) (*turncoat.Reply, error) {
	p.documents = slices.ContainsFunc(req.Tools, func(t turncoat.Tool) bool { return t.Name == "read_document" })
	p.show(req)
	began := p.config.Now()
	call, err := p.command(ctx, req)
	if errors.Is(err, ErrLeft) {
		p.config.Left()
	}
	if err != nil {
		return nil, err
	}
	message := turncoat.Message{Role: turncoat.RoleAssistant}
	if len(p.notes) > 0 {
		message.Parts = append(message.Parts, turncoat.Part{Text: strings.Join(p.notes, "\n")})
		p.notes = nil
	}
	message.Parts = append(message.Parts, turncoat.Part{Call: call})
	return &turncoat.Reply{
		Message: message, Model: p.config.Name, Stop: turncoat.StopTools, Attempts: 1, Duration: p.config.Now().Sub(began),
	}, nil
}

// show prints what the person has not seen: at first who they are and what they
// are to do, and later what came of the last command.
func (p *Person) show(req *turncoat.Request) {
	if !p.begun {
		p.begun = true
		p.print("%s\n\n%s\n\n%s\n", req.System, strings.Repeat("-", 72), firstText(req))
		p.print("\nType help for what you can do. What you do is kept at once; leave with Ctrl-D, and come back with the same command.\n")
		if done := history(req); len(done) > 0 {
			p.print("\nYou have been here before, and go on where you were: above is how the session began, and you have given %d commands since, the last of them %s. list shows the mail as it is now.\n",
				len(done), wordOf(done[len(done)-1].tool))
		}
	}
	last := req.Messages[len(req.Messages)-1]
	for _, part := range last.Parts {
		if part.Result == nil {
			continue
		}
		text := part.Result.Text
		if part.Result.IsError {
			text = inCommands(text, req.Tools)
		}
		p.print("\n%s\n", text)
		p.warned = false
	}
}

// deed is a command that was given before.
type deed struct {
	tool   string
	failed bool
}

// history returns the commands of a session so far that were carried out or could
// not be.
func history(req *turncoat.Request) []deed {
	tools := map[string]string{} // by the call's ID
	var done []deed
	for _, m := range req.Messages {
		for _, part := range m.Parts {
			switch {
			case part.Call != nil:
				tools[part.Call.ID] = part.Call.Name
			case part.Result != nil:
				done = append(done, deed{tools[part.Result.CallID], part.Result.IsError})
			}
		}
	}
	return done
}

// undone returns the commands that were to change something and could not be
// carried out, unless the same command was later.
func undone(req *turncoat.Request) []string {
	var left []string
	for _, d := range history(req) {
		word := wordOf(d.tool)
		switch {
		case !acts(d.tool):
		case !d.failed:
			left = slices.DeleteFunc(left, func(w string) bool { return w == word })
		case !slices.Contains(left, word):
			left = append(left, word)
		}
	}
	return left
}

// mayFinish warns of a trial that nobody could judge, once: it is over for good.
func (p *Person) mayFinish(req *turncoat.Request) bool {
	left := undone(req)
	if len(left) == 0 || p.warned {
		return true
	}
	p.warned = true
	p.print("What you wanted to do with %s could not be done, and has not been done since. If you finish now the trial is invalid, for good, for nobody knows what would have come of it.\n"+
		"Do it again with the same command, or type finish once more to finish all the same.\n", strings.Join(left, " and "))
	return false
}

func firstText(req *turncoat.Request) string { return req.Messages[0].Text() }

func (p *Person) print(format string, args ...any) {
	fmt.Fprint(p.config.Out, p.config.Visible(fmt.Sprintf(format, args...)))
}

// command reads commands until one of them is a call of a tool that there is.
func (p *Person) command(ctx context.Context, req *turncoat.Request) (*turncoat.ToolCall, error) {
	for {
		line, err := p.ask(ctx, "\n> ")
		if err != nil {
			return nil, err
		}
		word, rest := cut(line)
		switch word {
		case "":
			continue
		case "help":
			p.print("%s", help(req.Tools))
			continue
		case "task":
			p.print("%s\n\n%s\n", req.System, firstText(req))
			continue
		case "note":
			p.notes = append(p.notes, rest)
			continue
		case "quit", "leave":
			return nil, ErrLeft
		}
		c, ok := commandOf(word, req.Tools)
		if !ok {
			p.print("There is no command %q; %shelp lists them.\n", word, meant(word, req.Tools))
			continue
		}
		if c.tool == "finish" && !p.mayFinish(req) {
			continue
		}
		call, err := c.call(&asker{ctx: ctx, person: p}, rest)
		if wrong, ok := errors.AsType[usage](err); ok {
			p.print("%s\n", wrong)
			continue
		}
		return call, err
	}
}

// meant says which command a person may have meant who types the name of a tool.
func meant(word string, tools []turncoat.Tool) string {
	if !slices.ContainsFunc(tools, func(t turncoat.Tool) bool { return t.Name == word }) {
		return ""
	}
	return "here it is " + wordOf(word) + "; "
}

// ask asks for a line. Nothing more to come means that the person has left.
func (p *Person) ask(ctx context.Context, prompt string) (string, error) {
	p.print("%s", prompt)
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case line, ok := <-p.lines:
		if !ok {
			return "", ErrLeft
		}
		return strings.TrimRight(line, " "), nil
	}
}
