"""Validates ONNX files with onnx.checker:  python3 check_onnx.py FILE..."""
import sys

import onnx

passed = failed = 0
for path in sys.argv[1:]:
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
        passed += 1
        print(f"passed  {path}: onnx.checker")
    except Exception as problem:  # whatever is wrong with one file, the others are still checked
        failed += 1
        print(f"failed  {path}: {problem}")
if not passed + failed:
    failed = 1
    print("failed  no file was given")
print(f"onnx.checker: {passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
