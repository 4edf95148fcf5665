// A Go service that calls a Java interface with dubbo-go. One JSON object a line on standard input, one a line on standard
// output with the same id. It ends with its input.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"dubbo.apache.org/dubbo-go/v3"
	"dubbo.apache.org/dubbo-go/v3/client"
	"dubbo.apache.org/dubbo-go/v3/common/constant"
	_ "dubbo.apache.org/dubbo-go/v3/imports"
	"dubbo.apache.org/dubbo-go/v3/logger"
	"dubbo.apache.org/dubbo-go/v3/registry"
)

// Options of the one argument: how the provider is found, and who calls.
type Options struct {
	Registry    string `json:"registry"`
	Direct      string `json:"direct"`
	Application string `json:"application"`
}

// Command is one call; Args are numbers, texts, lists and maps, or {"$sample": "request"}. There are no attachments: this
// API of dubbo-go sends none of the caller's over the dubbo protocol.
type Command struct {
	Id     int    `json:"id"`
	Method string `json:"method"`
	Args   []any  `json:"args"`
}

const service = "com.example.rank.RankService"

func main() {
	var options Options
	must(json.Unmarshal([]byte(os.Args[1]), &options))
	connection := dial(options)
	print(map[string]any{"ready": constant.Version})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var command Command
		must(json.Unmarshal(lines.Bytes(), &command))
		print(call(connection, command))
	}
}

func dial(options Options) *client.Connection {
	instance := []dubbo.InstanceOption{
		dubbo.WithName(options.Application),
		dubbo.WithLogger(logger.WithLevel("error")),
	}
	reference := []client.ReferenceOption{
		client.WithProtocolDubbo(),
		client.WithSerialization("hessian2"),
		client.WithRetries(0),
		client.WithRequestTimeout(10 * time.Second),
	}
	if options.Direct != "" {
		reference = append(reference, client.WithURL(options.Direct))
	} else {
		// Interface-level discovery: the entry that providers of all Dubbo versions make.
		zookeeper := registry.WithRegisterInterface()
		instance = append(instance, dubbo.WithRegistry(registry.WithZookeeper(), registry.WithAddress(options.Registry), zookeeper))
	}
	started, err := dubbo.NewInstance(instance...)
	must(err)
	made, err := started.NewClient(client.WithClientProtocolDubbo())
	must(err)
	connection, err := made.Dial(service, reference...)
	must(err)
	return connection
}

func call(connection *client.Connection, command Command) map[string]any {
	ctx := context.Background()
	args := make([]any, len(command.Args))
	for i, arg := range command.Args {
		args[i] = sample(arg)
	}
	answer := map[string]any{"id": command.Id}
	var err error
	if command.Method == "rank" {
		// The field of a bean is what its Go type says; anything else is what the wire says.
		result := &RankResult{}
		err = connection.CallUnary(ctx, args, result, command.Method)
		answer["value"], answer["type"] = shown(result), fmt.Sprintf("%T", result)
	} else {
		var result any
		err = connection.CallUnary(ctx, args, &result, command.Method)
		answer["value"], answer["type"] = result, fmt.Sprintf("%T", result)
	}
	if err != nil {
		return map[string]any{"id": command.Id, "error": err.Error()}
	}
	return answer
}

func sample(arg any) any {
	if named, ok := arg.(map[string]any); !ok || named["$sample"] != "request" {
		return arg
	}
	return &RankRequest{
		UserId:   9007199254740993,
		Scene:    "home 中 😀",
		ItemIds:  []int64{1, 2},
		Features: []float64{1, 0.25},
		Level:    2,
		At:       time.UnixMilli(1700000000123),
	}
}

// shown is a result with its numbers as exact text.
func shown(result *RankResult) map[string]any {
	shown := map[string]any{
		"model": result.Model, "requestId": fmt.Sprint(result.RequestId), "scores": result.Scores,
		"at": result.At.UnixMilli(), "level": result.Level.String(), "blob": result.Blob, "code": result.Code,
	}
	if result.Best != nil {
		shown["best"] = *result.Best
	}
	if result.Cost != nil {
		shown["cost"] = result.Cost.String()
	}
	return shown
}

func print(line map[string]any) {
	text, err := json.Marshal(line)
	must(err)
	fmt.Println(string(text))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
