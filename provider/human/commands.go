package human

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"turncoat"
)

// usage is a command that was not written as it must be. It says how.
type usage string

func (u usage) Error() string { return string(u) }

// arguments are the arguments of a tool call.
type arguments map[string]any

// command is something that a person can type, and the call that it makes.
type command struct {
	word string
	form string // how it is written
	does string
	tool string
	read func(a *asker, rest string) (arguments, error)
}

// commands are all that there are for tools, in the order of help.
var commands = []command{
	{"list", "list [FOLDER]", "the messages of a folder: inbox, sent, drafts, archive", "list_mail", func(_ *asker, rest string) (arguments, error) {
		return given("folder", rest), nil
	}},
	{"search", "search WORDS", "messages that have these words", "search_mail", one("query", "search WORDS")},
	{"read", "read NUMBER [OFFSET]", "open a message or draft", "read_mail", func(_ *asker, rest string) (arguments, error) {
		return numbered("message", rest, "read NUMBER [OFFSET]")
	}},
	{"send", "send TO, TO…", "write a message", "send_mail", func(a *asker, rest string) (arguments, error) {
		if rest == "" {
			return nil, usage("send TO, TO…")
		}
		return a.message(arguments{"to": list(rest)}, true)
	}},
	{"reply", "reply NUMBER [all]", "answer a message", "reply_to_mail", func(a *asker, rest string) (arguments, error) {
		number, all := cut(rest)
		if number == "" || all != "" && all != "all" {
			return nil, usage("reply NUMBER [all]")
		}
		args, err := a.message(arguments{"message": number}, false)
		if all == "all" && err == nil {
			args["reply_all"] = true
		}
		return args, err
	}},
	{"forward", "forward NUMBER, … to TO, …", "pass messages on", "forward_mail", func(a *asker, rest string) (arguments, error) {
		numbers, to, ok := strings.Cut(rest, " to ")
		if !ok {
			return nil, usage("forward NUMBER, … to TO, …")
		}
		body, err := a.text("A note of your own, if you like")
		if err != nil {
			return nil, err
		}
		args := given("body", body)
		args["messages"], args["to"] = list(numbers), list(to)
		return args, nil
	}},
	{"draft", "draft TO, TO…", "write a message without sending it", "draft_mail", func(a *asker, rest string) (arguments, error) {
		return a.message(arguments{"to": list(rest)}, true)
	}},
	{"send-draft", "send-draft NUMBER", "send a draft", "send_draft", one("draft", "send-draft NUMBER")},
	{"archive", "archive NUMBER, …", "put messages away", "archive_mail", func(_ *asker, rest string) (arguments, error) {
		if rest == "" {
			return nil, usage("archive NUMBER, …")
		}
		return arguments{"messages": list(rest)}, nil
	}},
	{"docs", "docs [WORDS]", "the documents, or those that have these words", "", nil},
	{"doc", "doc NAME [OFFSET]", "open a document", "read_document", func(_ *asker, rest string) (arguments, error) {
		return numbered("document", rest, "doc NAME [OFFSET]")
	}},
	{"people", "people [WORDS]", "the address book", "look_up_people", func(_ *asker, rest string) (arguments, error) {
		return given("query", rest), nil
	}},
	{"alerts", "alerts", "the automatic alerts", "list_alerts", func(*asker, string) (arguments, error) { return arguments{}, nil }},
	{"cancel", "cancel CODE", "cancel an alert", "cancel_alert", one("code", "cancel CODE")},
	{"wait", "wait [MINUTES]", "let time pass until mail comes", "wait_for_mail", func(_ *asker, rest string) (arguments, error) {
		minutes := 60
		if rest != "" {
			if _, err := fmt.Sscanf(rest, "%d", &minutes); err != nil {
				return nil, usage("wait [MINUTES]")
			}
		}
		return arguments{"minutes": minutes}, nil
	}},
	{"finish", "finish", "end the session, with a summary", "finish", func(a *asker, _ string) (arguments, error) {
		summary, err := a.text("What you did, in a few sentences")
		return arguments{"summary": summary}, err
	}},
}

// commandOf returns the command that a word stands for, among those whose tool
// there is.
func commandOf(word string, tools []turncoat.Tool) (command, bool) {
	for _, c := range commands {
		if c.word == word && c.isThere(tools) {
			return c, true
		}
	}
	return command{}, false
}

func (c command) isThere(tools []turncoat.Tool) bool {
	return slices.ContainsFunc(tools, func(t turncoat.Tool) bool { return t.Name == c.tool || c.tool == "" && t.Name == "list_documents" })
}

// wordOf returns the command that makes calls of a tool, or "".
func wordOf(tool string) string {
	for _, c := range commands {
		if c.tool == tool || c.tool == "" && (tool == "list_documents" || tool == "search_documents") {
			return c.word
		}
	}
	return ""
}

// inCommands says with commands what a tool's error says with the names of tools.
func inCommands(text string, tools []turncoat.Tool) string {
	var words []string
	for _, t := range tools {
		words = append(words, t.Name, wordOf(t.Name))
	}
	return strings.NewReplacer(words...).Replace(text)
}

// acts reports whether a tool changes something beyond the person's own mailbox.
func acts(tool string) bool {
	return slices.Contains([]string{"send_mail", "reply_to_mail", "forward_mail", "send_draft", "cancel_alert"}, tool)
}

// call makes the call of a command. It asks for what belongs to it and does not
// fit into its line.
func (c command) call(a *asker, rest string) (*turncoat.ToolCall, error) {
	tool, read := c.tool, c.read
	if tool == "" { // docs
		tool, read = "list_documents", func(*asker, string) (arguments, error) { return arguments{}, nil }
		if rest != "" {
			tool, read = "search_documents", one("query", c.form)
		}
	}
	args, err := read(a, rest)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(args)
	if err != nil {
		return nil, err
	}
	return &turncoat.ToolCall{Name: tool, Arguments: text}, nil
}

// help lists the commands.
func help(tools []turncoat.Tool) string {
	var b strings.Builder
	for _, c := range commands {
		if c.isThere(tools) {
			fmt.Fprintf(&b, "  %-28s %s\n", c.form, c.does)
		}
	}
	fmt.Fprintf(&b, "  %-28s %s\n", "note TEXT", "a thought, kept with what you do next; nobody is sent it")
	fmt.Fprintf(&b, "  %-28s %s\n", "task", "who you are and what you were told, again")
	fmt.Fprintf(&b, "  %-28s %s\n", "leave", "go away and come back later")
	return b.String()
}

// asker asks for what a command needs beside its line.
type asker struct {
	ctx    context.Context
	person *Person
}

// message asks for the parts of a message.
func (a *asker) message(args arguments, subject bool) (arguments, error) {
	if subject {
		line, err := a.person.ask(a.ctx, "Subject: ")
		if err != nil {
			return nil, err
		}
		args["subject"] = line
	}
	if a.person.documents {
		names, err := a.person.ask(a.ctx, "Attach documents (names, or nothing): ")
		if err != nil {
			return nil, err
		}
		if attached := list(names); len(attached) > 0 {
			args["attachments"] = attached
		}
	}
	body, err := a.text("Text")
	args["body"] = body
	return args, err
}

// text asks for a text of several lines.
func (a *asker) text(what string) (string, error) {
	a.person.print("%s; a line with a single dot ends it:\n", what)
	var lines []string
	for {
		line, err := a.person.ask(a.ctx, "")
		if err != nil {
			return "", err
		}
		if line == "." {
			return strings.Join(lines, "\n"), nil
		}
		lines = append(lines, line)
	}
}

// cut takes the first word off a line.
func cut(line string) (word, rest string) {
	word, rest, _ = strings.Cut(strings.TrimSpace(line), " ")
	return word, strings.TrimSpace(rest)
}

// list reads what commas tell apart.
func list(text string) []string {
	items := []string{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// given returns an argument that may be left out.
func given(name, value string) arguments {
	if value == "" {
		return arguments{}
	}
	return arguments{name: value}
}

// one reads an argument that must be there and takes the rest of the line.
func one(name, form string) func(*asker, string) (arguments, error) {
	return func(_ *asker, rest string) (arguments, error) {
		if rest == "" {
			return nil, usage(form)
		}
		return arguments{name: rest}, nil
	}
}

// numbered reads what is to be opened, and where to begin in it.
func numbered(name, rest, form string) (arguments, error) {
	what, from := cut(rest)
	if what == "" {
		return nil, usage(form)
	}
	args := arguments{name: what}
	if from != "" {
		var offset int
		if _, err := fmt.Sscanf(from, "%d", &offset); err != nil {
			return nil, usage(form)
		}
		args["offset"] = offset
	}
	return args, nil
}
