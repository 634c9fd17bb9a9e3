"""How does byte-pair encoding learn subwords and cut words into them, step by step?"""
