package agent

import (
	_ "embed"
	"fmt"
	"net/mail"
	"strings"

	"turncoat"
)

// The part of the system prompt that tells a model how it acts in the prompt
// interface. The second part is for worlds that have alerts.
var (
	//go:embed syntax.md
	syntax string
	//go:embed syntax_alerts.md
	syntaxAlerts string
)

// Prompt returns exactly what a model is sent in the prompt interface: the
// system prompt, and the one message with the instruction and all mail. The texts
// of a verbatim world bring their own syntax of actions.
func Prompt(w *turncoat.World) (system, user string) {
	if w.Verbatim != nil {
		return w.Verbatim.System, w.Verbatim.Message()
	}
	system = w.System + "\n\n" + strings.TrimSpace(syntax)
	if len(w.Alerts) > 0 {
		system += "\n\n" + strings.TrimSpace(syntaxAlerts)
	}
	var b strings.Builder
	b.WriteString(w.Task)
	for _, m := range w.Mail {
		b.WriteString("\n\n")
		writeMail(&b, w, m)
	}
	return system, b.String()
}

func writeMail(b *strings.Builder, w *turncoat.World, m turncoat.Mail) {
	fmt.Fprintf(b, "===== Message %s =====\n", m.ID)
	fmt.Fprintf(b, "From: %s\n", people(m.From))
	fmt.Fprintf(b, "To: %s\n", people(m.To...))
	if len(m.Cc) > 0 {
		fmt.Fprintf(b, "Cc: %s\n", people(m.Cc...))
	}
	fmt.Fprintf(b, "Date: %s\n", m.Date.Format("Monday, January 2, 2006, 3:04 PM"))
	fmt.Fprintf(b, "Subject: %s\n", m.Subject)
	if len(m.Attachments) > 0 {
		fmt.Fprintf(b, "Attachments: %s\n", strings.Join(m.Attachments, ", "))
	}
	fmt.Fprintf(b, "\n%s", m.Body)
	for _, name := range m.Attachments {
		for _, d := range w.Documents {
			if d.ID == name {
				fmt.Fprintf(b, "\n\n----- Attachment %s -----\n%s\n----- End of attachment -----", name, d.Body)
			}
		}
	}
}

func people(addresses ...mail.Address) string {
	var out []string
	for _, a := range addresses {
		if a.Name == "" {
			out = append(out, a.Address)
			continue
		}
		out = append(out, fmt.Sprintf("%s <%s>", a.Name, a.Address))
	}
	return strings.Join(out, ", ")
}

// FormatAct writes an action as a model would in the prompt interface.
func FormatAct(a turncoat.ScriptedAct) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<action:%s>\n", a.Action)
	if len(a.Mail) > 0 {
		fmt.Fprintf(&b, "message: %s\n", strings.Join(a.Mail, ", "))
	}
	if len(a.To) > 0 {
		fmt.Fprintf(&b, "to: %s\n", strings.Join(a.To, ", "))
	}
	if a.Subject != "" {
		fmt.Fprintf(&b, "subject: %s\n", a.Subject)
	}
	if a.Code != "" {
		fmt.Fprintf(&b, "code: %s\n", a.Code)
	}
	if a.Body != "" {
		fmt.Fprintf(&b, "body:\n%s\n", a.Body)
	}
	fmt.Fprintf(&b, "</action:%s>", a.Action)
	return b.String()
}
