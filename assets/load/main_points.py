def main():
    parser = argparse.ArgumentParser(description="A classifier of points that Switchyard learned.")
    parser.add_argument("--points", metavar="X,Y", help='where each goes, and its class: --points="0.5,-1 0.2,0.3"')
    parser.add_argument("--json", action="store_true", help="all of it, as switchyard route --json --full tells a text")
    asked = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")
    model = load()
    if asked.points is not None:
        told = report(model, asked.points)
        print(json.dumps(told)) if asked.json else print_table(told)
    else:
        count = sum(weight.numel() for weight in model.parameters())
        print(f"{shown(model.info['data']['name'])}: {count:,} parameters after {model.info['step']} steps\n")
        parser.print_help()


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        sys.exit(f"load.py: {error}")
