// SPDX-License-Identifier: MIT
// A program that is linked to libjvm, and runs Server.main() on its first thread.
#include <jni.h>
#include <stdio.h>

int main(int count, char** arguments) {
  JavaVM* machine;
  JNIEnv* java;
  char class_path[4096];
  if (count != 2) return 64;
  snprintf(class_path, sizeof(class_path), "-Djava.class.path=%s", arguments[1]);
  JavaVMOption option = {class_path, NULL};
  JavaVMInitArgs settings = {JNI_VERSION_1_8, 1, &option, JNI_FALSE};
  if (JNI_CreateJavaVM(&machine, (void**)&java, &settings) != 0) return 65;
  jclass server = (*java)->FindClass(java, "Server");
  jmethodID start = (*java)->GetStaticMethodID(java, server, "main", "([Ljava/lang/String;)V");
  jobjectArray none = (*java)->NewObjectArray(java, 0, (*java)->FindClass(java, "java/lang/String"), NULL);
  (*java)->CallStaticVoidMethod(java, server, start, none);
  (*machine)->DestroyJavaVM(machine);
  return 0;
}
