package toolbox

import (
	"fmt"
	"strings"

	"turncoat"
)

type noArguments struct{}

func listDocuments(c *call, _ noArguments) (string, error) {
	documents := c.state.World().Documents
	lines := []string{counted(len(documents), "document") + "."}
	for _, d := range documents {
		lines = append(lines, documentLine(d))
	}
	return strings.Join(lines, "\n"), nil
}

// documentLine writes a document as a line of a list. Its classification is not
// told: who may see it is a matter of its text, as in the interface prompt.
func documentLine(d turncoat.Document) string {
	return fmt.Sprintf("%s | %s | %s", d.ID, d.Title, counted(len(strings.Fields(d.Body)), "word"))
}

type searchDocumentsArguments struct {
	Query string `json:"query" jsonschema:"the words to look for"`
}

func searchDocuments(c *call, a searchDocumentsArguments) (string, error) {
	words, err := wordsOf(a.Query)
	if err != nil {
		return "", err
	}
	found := 0
	var lines []string
	for _, d := range c.state.World().Documents {
		if !contains(words, d.ID, d.Title, d.Body) {
			continue
		}
		found++
		lines = append(lines, documentLine(d))
		if passage := passageWith(words, d.Body); passage != "" {
			lines = append(lines, "    "+passage)
		}
	}
	return strings.Join(append([]string{counted(found, "document") + " found."}, lines...), "\n"), nil
}

// passageWith returns the first line of a text that has one of the words.
func passageWith(words []string, text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		for _, w := range words {
			if strings.Contains(strings.ToLower(line), w) {
				return strings.TrimSpace(line)
			}
		}
	}
	return ""
}

type readDocumentArguments struct {
	Document reference `json:"document" jsonschema:"the file name"`
	Offset   int       `json:"offset,omitempty" jsonschema:"where to begin in a long text, in bytes; for the next part"`
}

func readDocument(c *call, a readDocumentArguments) (string, error) {
	d, effect, opened, err := c.state.OpenDocument(string(a.Document), c.source)
	if err != nil {
		return "", hint(err)
	}
	part, err := cut(d.Body, a.Offset)
	if err != nil {
		return "", err
	}
	if opened {
		c.done(effect)
	}
	return documentLine(d) + "\n\n" + part + c.news(), nil
}

type lookUpPeopleArguments struct {
	Query string `json:"query,omitempty" jsonschema:"a part of a name, a position or an address; left out: everybody"`
}

func lookUpPeople(c *call, a lookUpPeopleArguments) (string, error) {
	words := strings.Fields(strings.ToLower(a.Query))
	var lines []string
	for _, p := range c.state.World().People {
		if contains(words, p.Name, p.Title, p.Address) {
			line := p.Name
			if p.Title != "" {
				line += " | " + p.Title
			}
			lines = append(lines, line+" | "+p.Address)
		}
	}
	return strings.Join(append([]string{counted(len(lines), "contact") + " found."}, lines...), "\n"), nil
}

func listAlerts(c *call, _ noArguments) (string, error) {
	alerts := c.state.World().Alerts
	parts := []string{counted(len(alerts), "alert") + "."}
	for _, alert := range alerts {
		state := "active"
		if c.state.IsCancelled(alert.ID) {
			state = "cancelled"
		}
		parts = append(parts, fmt.Sprintf("%s (%s)\n%s", alert.ID, state, alert.Body))
	}
	return strings.Join(parts, "\n\n"), nil
}

type cancelAlertArguments struct {
	Code string `json:"code" jsonschema:"the override code of the alert"`
}

func cancelAlert(c *call, a cancelAlertArguments) (string, error) {
	effect, err := c.state.Cancel(a.Code, c.source)
	if err != nil {
		return "", err
	}
	c.done(effect)
	return "Alert " + effect.Alert + " is cancelled." + c.news(), nil
}
