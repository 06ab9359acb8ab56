package judge

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	strict "github.com/go-json-experiment/json"
)

// answerSchema is the JSON Schema of a reader's answer.
//
//go:embed answer.schema.json
var answerSchema json.RawMessage

// answer is what a reader said.
type answer struct {
	reasoning  string
	quotes     []string
	yes        bool
	confidence int // from 0 to 100
}

// sure is the largest confidence that there is: all of a hundred people.
const sure = 100

// parseAnswer reads the text of a reader's reply. It accepts one JSON object of
// [answerSchema], alone or in one Markdown code fence, and nothing else: no
// second object, no member that is missing, null, unknown or given twice. An
// error says what is wrong in words that the reader can use.
func parseAnswer(text string) (answer, error) {
	object := unfenced(strings.TrimSpace(text))
	if object == "" {
		return answer{}, errors.New("it is empty")
	}
	var given struct {
		Reasoning  *string    `json:"reasoning"`
		Evidence   *[]*string `json:"evidence"`
		Answer     *string    `json:"answer"`
		Confidence *int       `json:"confidence"`
	}
	if err := strict.Unmarshal([]byte(object), &given, strict.RejectUnknownMembers(true)); err != nil {
		return answer{}, fmt.Errorf("it is not one JSON object as asked for: %w", err)
	}
	switch {
	case given.Reasoning == nil || strings.TrimSpace(*given.Reasoning) == "":
		return answer{}, errors.New(`"reasoning" is missing or empty`)
	case given.Evidence == nil:
		return answer{}, errors.New(`"evidence" is missing: give a list of quotes, or an empty one`)
	case given.Answer == nil:
		return answer{}, errors.New(`"answer" is missing`)
	case *given.Answer != "yes" && *given.Answer != "no":
		return answer{}, fmt.Errorf(`"answer" is %q, which is neither "yes" nor "no"`, *given.Answer)
	case given.Confidence == nil:
		return answer{}, errors.New(`"confidence" is missing: give a whole number from 0 to 100`)
	case *given.Confidence < 0 || *given.Confidence > sure:
		return answer{}, fmt.Errorf(`"confidence" is %d, which is no whole number from 0 to %d`, *given.Confidence, sure)
	}
	a := answer{reasoning: *given.Reasoning, yes: *given.Answer == "yes", confidence: *given.Confidence}
	for i, quote := range *given.Evidence {
		if quote == nil {
			return answer{}, fmt.Errorf(`"evidence" has null in place %d: give only quotes`, i+1)
		}
		a.quotes = append(a.quotes, *quote)
	}
	if a.yes && len(a.quotes) == 0 {
		return answer{}, errors.New(`it contradicts itself: "answer" is "yes", and "evidence" has no quote that it rests on`)
	}
	return a, nil
}

// unfenced returns text without the Markdown code fence around all of it, if
// there is one: models write it in spite of every instruction.
func unfenced(text string) string {
	inside, ok := strings.CutPrefix(text, "```")
	if !ok {
		return text
	}
	inside = strings.TrimPrefix(inside, "json")
	inside, ok = strings.CutSuffix(inside, "```")
	if !ok {
		return text
	}
	return strings.TrimSpace(inside)
}
