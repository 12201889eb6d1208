def main():
    parser = argparse.ArgumentParser(description="A language model that Switchyard learned.")
    parser.add_argument("--text", help="where each of its characters goes, and what may follow")
    parser.add_argument("--json", action="store_true", help="all of it, as switchyard route --json --full")
    parser.add_argument("--generate", type=int, metavar="N", help="write N characters")
    parser.add_argument("--prompt", default="", help="... after this; without it after a newline")
    parser.add_argument("--temperature", type=float, default=0.8, help="... 0: always the likeliest (default 0.8)")
    parser.add_argument("--top-k", type=int, default=0, help="... of so many likeliest; 0: of all")
    parser.add_argument("--seed", type=int, default=0, help="... the same for the same text")
    asked = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")
    model = load()
    if asked.text is not None:
        told = report(model, asked.text)
        print(json.dumps(told)) if asked.json else print_table(told)
    elif asked.generate is not None:
        for token in generate(model, asked.prompt, asked.generate, asked.temperature, asked.top_k, asked.seed):
            print(token if token in "\n\t" else shown(token), end="", flush=True)
        print()
    else:
        count = sum(weight.numel() for weight in model.parameters())
        print(f"{shown(model.info['data']['name'])}: {count:,} parameters after {model.info['step']} steps\n")
        parser.print_help()


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        sys.exit(f"load.py: {error}")
